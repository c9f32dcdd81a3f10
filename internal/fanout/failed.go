package fanout

import (
	"context"
	"iter"
	"strings"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/survey"
)

// failedReads bounds the failed tasks that are held at once, with their pages.
const failedReads = 16

// failedNodes calls visit with each node of a plan, after one of them, of which a receipt
// reports a failure. It visits them in the order of the plan and holds the items of one
// node at a time. It stops reading a node once all of the node is to be walked again.
func failedNodes(ctx context.Context, l *ledger.Ledger, plan dsr.Plan, after int, visit func(failedNode) error) error {
	a := dsr.Attempt{RequestID: plan.RequestID, Number: plan.Attempt}
	current := failedNode{}
	flush := func() error {
		if len(current.types) == 0 {
			return nil
		}
		return visit(current)
	}

	for f, err := range failedTasks(ctx, l, a, failing(survey.Complete(ctx, l, plan), plan, after, &current)) {
		if err != nil {
			return err
		}
		number, _, err := dsr.SplitNode(f.task.Node)
		if err != nil {
			return err
		}

		if number != current.node.Number {
			if err := flush(); err != nil {
				return err
			}
			node, _ := plan.Node(number) // a survey names only nodes of the plan
			current = failedNode{
				attempt:  a,
				node:     node,
				subNodes: plan.SubNodes,
				types:    map[string]*leftovers{},
			}
		}

		current.read(f)
	}

	return flush()
}

// failing returns the receipts with failures, of the nodes after one. It leaves out nodes
// that failed in the plan already, and types of the current node that are walked again
// anyway.
func failing(marks iter.Seq2[dsr.ReceiptMark, error], plan dsr.Plan, after int, current *failedNode) iter.Seq2[dsr.ReceiptMark, error] {
	return func(yield func(dsr.ReceiptMark, error) bool) {
		for m, err := range marks {
			number := 0
			if err == nil {
				number, _, err = dsr.SplitNode(m.Node)
			}
			if err != nil {
				yield(m, err)
				return
			}

			node, _ := plan.Node(number)
			walkedAnyway := number == current.node.Number && current.walked(m.Type)
			if m.Failures == 0 || number <= after || node.Failed != nil || walkedAnyway {
				continue
			}
			if !yield(m, nil) {
				return
			}
		}
	}
}

// failedTask is a task with a failure, and the page that it worked on.
type failedTask struct {
	task    dsr.Task
	receipt dsr.Receipt
	page    dsr.Page
	found   bool // the page
}

// failedTasks reads listed receipts, and the pages of their tasks concurrently.
func failedTasks(ctx context.Context, l *ledger.Ledger, a dsr.Attempt, marks iter.Seq2[dsr.ReceiptMark, error]) iter.Seq2[failedTask, error] {
	return func(yield func(failedTask, error) bool) {
		var batch []failedTask
		flush := func() bool {
			err := readFailedPages(ctx, l, batch)
			for _, f := range batch {
				if !yield(f, err) || err != nil {
					return false
				}
			}
			batch = batch[:0]
			return true
		}
		for r, err := range l.Receipts(ctx, a, marks) {
			if err != nil {
				yield(failedTask{}, err)
				return
			}
			batch = append(batch, failedTask{task: r.Task, receipt: r.Receipt})
			if len(batch) == failedReads && !flush() {
				return
			}
		}

		flush()
	}
}

// readFailedPages adds to each task of a batch the page that names its items.
func readFailedPages(ctx context.Context, l *ledger.Ledger, batch []failedTask) error {
	g, gctx := errgroup.WithContext(ctx)
	for i := range batch {
		g.Go(dsr.Guard(func() (err error) {
			batch[i].page, _, batch[i].found, err = l.Page(gctx, pageOf(batch[i].task))
			return err
		}))
	}
	return g.Wait()
}

// pageOf returns a task of the page that names a task's items: the task's own page, or
// for a sub-node the page that its item is on.
func pageOf(t dsr.Task) dsr.Task {
	node, id, _ := strings.Cut(t.Node, "~")
	if at, _, ok := dsr.ParseSubNode(id); ok {
		t.Node, t.Pass, t.Page = node, at.Pass, at.Page
	}
	return t
}

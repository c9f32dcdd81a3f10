package fanout

import (
	"context"
	"iter"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/survey"
)

// maxFailedItems bounds the failed items of one type of a node that are retried one by
// one. Beyond it the node's list is walked again.
const maxFailedItems = 10_000

// failedReads bounds the failed tasks that are held at once, with their pages.
const failedReads = 16

// failedNode is what is left to do of one node of an attempt.
type failedNode struct {
	attempt  dsr.Attempt
	node     dsr.Node
	subNodes string // how the plan names sub-nodes
	broken   bool   // the list broke off, so the items that are missing are unknown
	types    map[string]*leftovers
}

// leftovers are what is left to do of one type of a node.
type leftovers struct {
	first dsr.Failure     // for the report, where the type is not retried
	items []string        // in the order of the list
	seen  map[string]bool // of items
	all   bool            // the items are unknown or too many, so all are retried
}

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

// read adds the failures of a task.
func (n *failedNode) read(task failedTask) {
	t, receipt := task.task, task.receipt
	f := n.of(t.Type, receipt.Failures[0])
	if t.IsSubNode() {
		// A sub-node is a list of its own, so its item is read again with all of that
		// list.
		for _, failure := range receipt.Failures {
			f.add(ownerOf(task, n.subNodes, failure.Item))
		}
		return
	}
	if !task.found || !task.page.State.Works() {
		n.broken = true
		return
	}

	items := task.page.Chunk(t.Chunk)
	if len(receipt.Parts) == 0 { // the task was given up as a whole
		for _, item := range items {
			f.add(item)
		}
		return
	}

	for _, failure := range receipt.Failures {
		f.add(itemOf(items, failure.Item))
	}
}

// walked reports whether all of a type is walked again, whatever else failed of it.
func (n *failedNode) walked(typ string) bool {
	f := n.types[typ]
	return f != nil && (f.all || n.broken)
}

// of returns what is left to do of a type. It begins with a first failure where there is
// nothing yet.
func (n *failedNode) of(typ string, first dsr.Failure) *leftovers {
	f, ok := n.types[typ]
	if !ok {
		f = &leftovers{first: first, seen: map[string]bool{}}
		n.types[typ] = f
	}
	return f
}

// add adds an item. An empty one is unknown, so all are retried.
func (f *leftovers) add(item string) {
	if f.all || f.seen[item] {
		return
	}
	if item == "" || len(f.items) == maxFailedItems {
		f.all, f.items, f.seen = true, nil, nil
		return
	}
	f.seen[item] = true
	f.items = append(f.items, item)
}

// itemOf returns the item of a chunk that a failure is about: the item itself, or the one
// whose own list has the failed entry. It returns "" for neither.
func itemOf(items []string, failed string) string {
	if slices.Contains(items, failed) {
		return failed
	}

	longest := "" // an item's name may begin with another's
	for _, item := range items {
		if strings.HasPrefix(failed, item+"/") && len(item) > len(longest) {
			longest = item
		}
	}

	return longest
}

// ownerOf returns the item whose own list a sub-node is, or "" where it is unknown. A
// name by place is the item's position in the page of the task that handed the list over.
// Behind a name that is a hash, the failure names the item or an entry of its list.
func ownerOf(task failedTask, named, failed string) string {
	t := task.task
	node, id, _ := strings.Cut(t.Node, "~")
	if at, index, ok := dsr.ParseSubNode(id); ok && named == dsr.SubNodesByPlace {
		if items := task.page.Chunk(at.Chunk); index < len(items) {
			return items[index]
		}
		return ""
	}

	for end := len(failed); end > 0; end = strings.LastIndexByte(failed[:end], '/') {
		if dsr.SubNodeName(node, t.Type, failed[:end]) == t.Node {
			return failed[:end]
		}
	}

	return ""
}

// typesInOrder returns the types of a node that have failed, or all of them where its list
// broke off.
func (n failedNode) typesInOrder() []string {
	types := append([]string{n.node.Type}, n.node.Followers...)
	return slices.DeleteFunc(types, func(t string) bool { return !n.broken && n.types[t] == nil })
}

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

// maxFailedItems is how many failed items of one type of a node are retried one
// by one; beyond it the node's list is walked again.
const maxFailedItems = 10_000

// failedReads is how many tasks with failures are held at once, with their pages.
const failedReads = 16

// failedNode is what is left to do of one node of an attempt.
type failedNode struct {
	attempt  dsr.Attempt
	node     dsr.Node
	subNodes string // how the plan names sub-nodes
	list     bool   // the list broke off: nobody knows the items that are missing
	types    map[string]*leftovers
}

// leftovers are what is left to do of one type of a node.
type leftovers struct {
	first dsr.Failure     // for the report, where it isn't retried
	items []string        // in the order of the list
	seen  map[string]bool // of items
	all   bool            // which items can't be told, or they are too many
}

// failedNodes goes through an attempt's receipts for what failed, behind a node of
// its plan, and tells it node by node, in the order of the plan. It holds the items
// of one node, and of a node that is to be walked again it reads no more.
func failedNodes(ctx context.Context, l *ledger.Ledger, plan dsr.Plan, after int, tell func(failedNode) error) error {
	a := dsr.Attempt{RequestID: plan.RequestID, Number: plan.Attempt}
	current := failedNode{}
	flush := func() error {
		if len(current.types) == 0 {
			return nil
		}
		return tell(current)
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

// failing lists those of some receipts that say that something failed, of the nodes
// behind one. What the plan says itself, and what a node is walked again for anyway,
// is left out.
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
			told := number == current.node.Number && current.walked(m.Type)
			if m.Failures == 0 || number <= after || node.Failed != nil || told {
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

// failedTasks reads receipts that are listed, and their pages, some at once.
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

// pageOf returns a task of the page that tells the items of another: its own page, or
// for a sub-node the one that its item stands on.
func pageOf(t dsr.Task) dsr.Task {
	node, id, _ := strings.Cut(t.Node, "~")
	if at, _, ok := dsr.ParseSubNode(id); ok {
		t.Node, t.Pass, t.Page = node, at.Pass, at.Page
	}
	return t
}

// read adds what a task says that failed.
func (n *failedNode) read(task failedTask) {
	t, receipt := task.task, task.receipt
	f := n.of(t.Type, receipt.Failures[0])
	if t.IsSubNode() {
		// Its item is read again with its whole list: a sub-node is a list of its own.
		for _, failure := range receipt.Failures {
			f.add(ownerOf(task, n.subNodes, failure.Item))
		}
		return
	}
	if !task.found || !task.page.State.Works() {
		n.list = true
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
	return f != nil && (f.all || n.list)
}

// of returns what is left of a type, beginning it with a failure.
func (n *failedNode) of(typ string, first dsr.Failure) *leftovers {
	f, ok := n.types[typ]
	if !ok {
		f = &leftovers{first: first, seen: map[string]bool{}}
		n.types[typ] = f
	}
	return f
}

// add adds an item; "" stands for one that can't be told.
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

// itemOf finds the item of a chunk that a failure is about: the item itself, or
// one whose own list has the entry behind it.
func itemOf(items []string, failed string) string {
	best := ""
	for _, item := range items {
		if failed == item || (strings.HasPrefix(failed, item+"/") && len(item) > len(best)) {
			best = item
		}
		if failed == item {
			return item
		}
	}
	return best
}

// ownerOf finds the item whose own list a sub-node is: by the place that its name
// tells, in the page of the task that hands it over. Where the name is a hash, the
// failure names the item, or an entry behind it.
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

// typesInOrder returns the types of a node that have failed; all of them where
// its list broke off.
func (n failedNode) typesInOrder() []string {
	types := append([]string{n.node.Type}, n.node.Followers...)
	return slices.DeleteFunc(types, func(t string) bool { return !n.list && n.types[t] == nil })
}

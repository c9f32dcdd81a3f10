package fanout

import (
	"context"
	"iter"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/survey"
)

// maxFailedItems is how many failed items of one type of a node are retried one
// by one; beyond it the node's list is walked again.
const maxFailedItems = 10_000

// Records is what tells what an attempt has not done.
type Records interface {
	survey.Lister
	Plan(ctx context.Context, a dsr.Attempt) (dsr.Plan, bool, error)
	Page(ctx context.Context, t dsr.Task) (dsr.Page, dsr.BlobRef, bool, error)
	Receipts(ctx context.Context, a dsr.Attempt, listed iter.Seq2[dsr.ReceiptMark, error]) iter.Seq2[ledger.ReadReceipt, error]
}

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

// failedNodes goes through an attempt's receipts for what failed and tells it
// node by node, in the order of the plan. It holds the items of one node.
func failedNodes(ctx context.Context, l Records, plan dsr.Plan, tell func(failedNode) error) error {
	a := dsr.Attempt{RequestID: plan.RequestID, Number: plan.Attempt}
	current := failedNode{}
	flush := func() error {
		if len(current.types) == 0 {
			return nil
		}
		return tell(current)
	}
	for r, err := range l.Receipts(ctx, a, failing(implied(ctx, l, plan))) {
		if err != nil {
			return err
		}
		number, _, err := dsr.SplitNode(r.Task.Node)
		if err != nil {
			return err
		}
		node, _ := plan.Node(number) // a survey names only nodes of the plan
		if node.Failed != nil {
			continue // the plan says so
		}
		if number != current.node.Number {
			if err := flush(); err != nil {
				return err
			}
			current = failedNode{attempt: a, node: node, subNodes: plan.SubNodes, types: map[string]*leftovers{}}
		}
		if err := current.read(ctx, l, r.Task, r.Receipt); err != nil {
			return err
		}
	}
	return flush()
}

// failing lists those of some receipts that say that something failed.
func failing(marks iter.Seq2[dsr.ReceiptMark, error]) iter.Seq2[dsr.ReceiptMark, error] {
	return func(yield func(dsr.ReceiptMark, error) bool) {
		for m, err := range marks {
			if (err != nil || m.Failures > 0) && !yield(m, err) {
				return
			}
		}
	}
}

// read adds what a receipt says that failed.
func (n *failedNode) read(ctx context.Context, l Records, t dsr.Task, receipt dsr.Receipt) error {
	f := n.of(t.Type, receipt.Failures[0])
	if t.IsSubNode() {
		// Its item is read again with its whole list: a sub-node is a list of its own.
		for _, failure := range receipt.Failures {
			item, err := ownerOf(ctx, l, t, n.subNodes, failure.Item)
			if err != nil {
				return err
			}
			f.add(item)
		}
		return nil
	}
	page, _, found, err := l.Page(ctx, t)
	if err != nil {
		return err
	}
	if !found || !page.State.Works() {
		n.list = true
		return nil
	}
	items := page.Chunk(t.Chunk)
	if len(receipt.Parts) == 0 { // the task was given up as a whole
		for _, item := range items {
			f.add(item)
		}
		return nil
	}
	for _, failure := range receipt.Failures {
		f.add(itemOf(items, failure.Item))
	}
	return nil
}

// of gives what is left of a type, beginning it with a failure.
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
		if failed == item || strings.HasPrefix(failed, item+"/") && len(item) > len(best) {
			best = item
		}
		if failed == item {
			return item
		}
	}
	return best
}

// ownerOf finds the item whose own list a sub-node is: by the place that its name
// tells. Where the name is a hash, the failure names the item, or an entry behind it.
func ownerOf(ctx context.Context, l Records, t dsr.Task, named, failed string) (string, error) {
	node, id, _ := strings.Cut(t.Node, "~")
	if at, index, ok := dsr.ParseSubNode(id); ok && named == dsr.SubNodesByPlace {
		parent := t
		parent.Node, parent.Generation, parent.Page = node, at.Generation, at.Page
		page, _, _, err := l.Page(ctx, parent)
		if items := page.Chunk(at.Chunk); index < len(items) {
			return items[index], err
		}
		return "", err
	}
	for end := len(failed); end > 0; end = strings.LastIndexByte(failed[:end], '/') {
		if dsr.SubNodeName(node, t.Type, failed[:end]) == t.Node {
			return failed[:end], nil
		}
	}
	return "", nil
}

// typesInOrder gives the types of a node that have failed; all of them where
// its list broke off.
func (n failedNode) typesInOrder() []string {
	types := append([]string{n.node.Type}, n.node.Followers...)
	return slices.DeleteFunc(types, func(t string) bool { return !n.list && n.types[t] == nil })
}

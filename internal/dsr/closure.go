package dsr

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"
)

// Visitor is told what a survey finds, in the order of nodes. The tasks it
// hears of are exactly those that the pages of the newest generations imply.
type Visitor interface {
	// Done is told of a receipt that counts.
	Done(ReceiptMark)
	// Missing is told of a task without a receipt, and since when something
	// stored has named it.
	Missing(t Task, since time.Time)
}

// Survey walks an attempt's page records and receipts, both in the order of
// their names, against its plan. It holds the page marks of one node and the
// ids of its sub-nodes, never the listing. The attempt is complete when Missing
// was not called.
func Survey(plan Plan, pages iter.Seq2[PageMark, error], receipts iter.Seq2[ReceiptMark, error], v Visitor) error {
	nextPage, stopPages := iter.Pull2(pages)
	defer stopPages()
	nextReceipt, stopReceipts := iter.Pull2(receipts)
	defer stopReceipts()
	s := &survey{v: v, pages: newCursor(nextPage), receipts: newCursor(nextReceipt)}
	for _, n := range plan.Nodes {
		if err := s.planNode(plan, n); err != nil {
			return err
		}
	}
	return nil
}

type survey struct {
	v        Visitor
	pages    *cursor[PageMark]
	receipts *cursor[ReceiptMark]
}

// subNode is a sub-node that a receipt names: its first task and since when.
type subNode struct {
	first Task
	since time.Time
}

func (s *survey) planNode(plan Plan, n Node) error {
	name := NodeName(n.Number)
	subs := map[string]subNode{}
	first := plan.FirstTask(n)
	err := s.node(name, first, n.Followers, plan.CreatedAt, func(m ReceiptMark, t Task) {
		for _, id := range m.SubNodes {
			at := t.Position()
			sub := first
			sub.Node, sub.Type, sub.Parent = name+"~"+id, t.Type, &at
			subs[sub.Node] = subNode{first: sub, since: m.Created}
		}
	})
	if err != nil {
		return err
	}
	return s.subNodes(name, subs)
}

// subNodes surveys the sub-nodes of a node. Those that only receipts of an
// abandoned generation name are passed over.
func (s *survey) subNodes(name string, subs map[string]subNode) error {
	for {
		next, err := s.nextSubNode(name)
		if err != nil {
			return err
		}
		if next == "" {
			break
		}
		sub, named := subs[next]
		delete(subs, next)
		if !named {
			err = s.skip(next)
		} else {
			err = s.node(next, sub.first, nil, sub.since, func(ReceiptMark, Task) {})
		}
		if err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(subs)) {
		s.v.Missing(subs[name].first, subs[name].since)
	}
	return nil
}

// nextSubNode gives the next sub-node of a node in either listing, "" for none.
func (s *survey) nextSubNode(name string) (string, error) {
	prefix := name + "~"
	best := ""
	for _, peek := range []func() (string, error){s.pages.node(pageNode), s.receipts.node(receiptNode)} {
		node, err := peek()
		if err != nil {
			return "", err
		}
		if len(node) > len(prefix) && node[:len(prefix)] == prefix && (best == "" || node < best) {
			best = node
		}
	}
	return best, nil
}

// skip passes over a sub-node's records.
func (s *survey) skip(node string) error {
	if err := s.pages.pass(pageNode, node, nil); err != nil {
		return err
	}
	return s.receipts.pass(receiptNode, node, nil)
}

// node surveys one node whose first task is named since a time.
func (s *survey) node(name string, first Task, followers []string, since time.Time, done func(ReceiptMark, Task)) error {
	var pages []PageMark
	if err := s.pages.pass(pageNode, name, func(m PageMark) { pages = append(pages, m) }); err != nil {
		return err
	}
	for want := range newestGeneration(first, pages, followers, since) {
		got, ok, err := s.receipts.find(func(m ReceiptMark) int { return compareReceipt(m, want.task) })
		if err != nil {
			return err
		}
		if ok {
			s.v.Done(got)
			done(got, want.task)
		} else {
			s.v.Missing(want.task, want.since)
		}
	}
	return s.receipts.pass(receiptNode, name, nil)
}

type expectation struct {
	task  Task
	since time.Time
}

// newestGeneration gives, in the order of receipt names, the tasks that the
// pages of a node's newest generation imply: those of its pages, and the one
// that lists the page after the last recorded one. since is when the node's
// first task was named.
func newestGeneration(first Task, pages []PageMark, followers []string, since time.Time) iter.Seq[expectation] {
	gen := 1
	for _, p := range pages {
		if p.State == PageContinues && p.Generation >= gen {
			gen, since = p.Generation+1, p.Created
		}
	}
	types := append([]string{first.Type}, followers...)
	slices.SortFunc(types, compareType)
	next := first
	next.Generation, next.Page = gen, 1
	return func(yield func(expectation) bool) {
		ends := false
		for _, p := range pages {
			if p.Generation != gen || p.Page != next.Page {
				continue
			}
			if !pageTasks(next, p, types, since, yield) {
				return
			}
			ends = p.State.Ends()
			next.Page, since = next.Page+1, p.Created
		}
		if !ends {
			yield(expectation{next, since})
		}
	}
}

// pageTasks yields the tasks of one page; lister is the task that listed it and
// was itself named since a time.
func pageTasks(lister Task, p PageMark, types []string, since time.Time, yield func(expectation) bool) bool {
	for c := range p.Chunks {
		for _, typ := range types {
			e := expectation{lister, p.Created}
			if c == 0 && typ == lister.Type {
				e.since = since
			} else if !p.State.Works() {
				continue
			}
			e.task.Chunk, e.task.Type = c, typ
			if !yield(e) {
				return false
			}
		}
	}
	return true
}

func compareReceipt(m ReceiptMark, t Task) int {
	return cmp.Or(
		cmp.Compare(nodeOrder(m.Node), nodeOrder(t.Node)),
		cmp.Compare(m.Generation, t.Generation), cmp.Compare(m.Page, t.Page),
		cmp.Compare(m.Chunk, t.Chunk), compareType(m.Type, t.Type),
	)
}

// nodeOrder makes node names compare as they do in a listing, where the node's
// name is followed by a slash.
func nodeOrder(node string) string { return node + "/" }

func pageNode(m PageMark) string       { return m.Node }
func receiptNode(m ReceiptMark) string { return m.Node }

// cursor is an iterator with one element of look-ahead.
type cursor[T any] struct {
	next func() (T, error, bool)
	head T
	err  error
	has  bool
}

func newCursor[T any](next func() (T, error, bool)) *cursor[T] { return &cursor[T]{next: next} }

// peek gives the next element without taking it; false at the end.
func (c *cursor[T]) peek() (T, bool, error) {
	if !c.has && c.err == nil {
		c.head, c.err, c.has = c.next()
	}
	if c.err != nil {
		return c.head, false, fmt.Errorf("listing an attempt's records: %w", c.err)
	}
	return c.head, c.has, nil
}

func (c *cursor[T]) drop() { c.has = false }

// node gives a function that tells the node of the next element, "" at the end.
func (c *cursor[T]) node(of func(T) string) func() (string, error) {
	return func() (string, error) {
		head, ok, err := c.peek()
		if !ok || err != nil {
			return "", err
		}
		return of(head), nil
	}
}

// pass takes the elements of a node, telling each to f where there is one, and
// drops those of earlier nodes.
func (c *cursor[T]) pass(of func(T) string, node string, f func(T)) error {
	for {
		head, ok, err := c.peek()
		if err != nil || !ok {
			return err
		}
		order := cmp.Compare(nodeOrder(of(head)), nodeOrder(node))
		if order > 0 {
			return nil
		}
		if order == 0 && f != nil {
			f(head)
		}
		c.drop()
	}
}

// find takes the element that order calls 0, dropping those before it (of an
// abandoned generation, or of an earlier node); false when it isn't there.
func (c *cursor[T]) find(order func(T) int) (T, bool, error) {
	for {
		head, ok, err := c.peek()
		if err != nil || !ok {
			return head, false, err
		}
		switch o := order(head); {
		case o == 0:
			c.drop()
			return head, true, nil
		case o > 0:
			return head, false, nil
		}
		c.drop()
	}
}

package survey

import (
	"context"
	"iter"
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
)

// Missing yields tasks without a receipt that were named no later than a time. It begins
// behind the task where the last search ended, by the checkpoint, goes on to the end and
// then from the beginning, so that each task has its turn. It ends early when enough
// reports so; Looked returns where.
func (s *Survey) Missing(ctx context.Context, c dsr.Checkpoint, named time.Time, enough func() bool) iter.Seq2[Found, error] {
	return func(yield func(Found, error) bool) {
		m := &missing{
			Survey: s,
			named:  named,
			enough: enough,
			yield:  yield,
			marks:  map[int]dsr.NodeMark{},
		}
		for _, mark := range c.Nodes {
			m.marks[mark.Node] = mark
		}

		m.resume(c.Looked)
		s.looked = c.Looked

		for _, n := range m.order() {
			if c.Ended.Has(n.Number) {
				continue
			}
			if enough() || !m.node(ctx, n) {
				return
			}
		}

		s.looked = "" // each had its turn
	}
}

// Looked returns the text of where Missing ended, for the next search to go on behind; ""
// after it has looked at every task.
func (s *Survey) Looked() string { return s.looked }

// missing is one search for missing tasks.
type missing struct {
	*Survey
	named  time.Time
	enough func() bool
	yield  func(Found, error) bool
	marks  map[int]dsr.NodeMark

	// first is the node to begin with, 0 for the plan's first. behind is where in it the
	// last search ended.
	first  int
	behind bookmark
}

// resume reads where the last search ended. A text that can't be read means the beginning.
func (m *missing) resume(looked string) {
	at, ok := parseBookmark(looked)
	if !ok {
		return
	}
	number, sub, err := dsr.SplitNode(at.own.Node)
	if err != nil || sub != "" {
		return
	}
	m.first, m.behind = number, at
}

// order returns the plan's nodes in the order of the search. The first one comes again at
// the end, for the part of it before the bookmark.
func (m *missing) order() []dsr.Node {
	nodes := m.plan.Nodes
	if m.first == 0 {
		return nodes
	}
	i := slices.IndexFunc(nodes, func(n dsr.Node) bool { return n.Number >= m.first })
	if i < 0 {
		return nodes
	}
	return append(slices.Clone(nodes[i:]), nodes[:i+1]...)
}

// takeBookmark returns where the last search ended in the node that is looked at first,
// and the zero value for every other node.
func (m *missing) takeBookmark(n dsr.Node) bookmark {
	behind := m.behind
	m.behind = bookmark{}
	if n.Number != m.first {
		return bookmark{} // the node of the bookmark has ended since
	}
	return behind
}

// from returns where the search of a node's own list begins: at its mark or bookmark,
// whichever is further on.
func (m *missing) from(ctx context.Context, l list, mark dsr.NodeMark, behind bookmark) (place, error) {
	at := l.begin()
	if mark.Pass > 0 {
		at = place{pass: mark.Pass, page: mark.Page, since: mark.Since}
	}

	at, err := m.own.newest(ctx, l, at)
	if err == nil && behind.own.Pass == at.pass {
		at.page = max(at.page, pageBefore(behind.own))
	}

	return at, err
}

// pageBefore returns the page up to which a list was walked for the walk to go on with
// the page before a bookmark's. That page's record shows since when the bookmark's page
// has been named.
func pageBefore(m dsr.ReceiptMark) int { return m.Page - 2 }

// node searches a node. It returns false when the reader has enough.
func (m *missing) node(ctx context.Context, n dsr.Node) bool {
	l, mark, behind := m.listOf(n), m.marks[n.Number], m.takeBookmark(n)
	at, err := m.from(ctx, l, mark, behind)
	if err != nil {
		m.yield(Found{}, err)
		return false
	}

	for step, err := range m.own.walk(ctx, l, at) {
		if err != nil {
			m.yield(Found{}, err)
			return false
		}
		if step.task == nil {
			if m.enough() {
				return false
			}
			if step.at.since.After(m.named) {
				return true // what follows was named even later
			}
			continue
		}
		if !m.task(ctx, *step.task, behind, complete(mark, *step.task)) {
			return false
		}
	}

	return true
}

// complete returns the mark of the first incomplete sub-node that a task's receipt names;
// those before it are complete. The zero mark means that nothing is known to be.
func complete(mark dsr.NodeMark, t Found) dsr.SubNodeMark {
	within := mark.Within
	at := t.Task.Position()
	if within == nil || within.SubNode == nil || mark.Pass != at.Pass || within.Receipt != t.Task.ReceiptName() {
		return dsr.SubNodeMark{}
	}
	return *within.SubNode
}

// task searches a node's own task and the sub-nodes that its receipt names.
func (m *missing) task(ctx context.Context, t Found, behind bookmark, done dsr.SubNodeMark) bool {
	name := t.Task.ReceiptName()
	switch last := behind.ownName(); {
	case name < last:
		return true
	case name > last:
		behind = bookmark{}
		if !m.yieldMissing(t, name) {
			return false
		}
	}

	for _, id := range t.Receipt.SubNodes {
		if id < max(behind.subID(), done.ID) {
			continue
		}

		l := subList(t, id)
		at := l.begin()
		if id == done.ID {
			at = place{pass: done.Pass, page: done.Page, since: done.Since}
		}
		if !m.subNode(ctx, name, l, at, behind) || m.enough() {
			return false
		}
	}

	return true
}

// subNode searches a sub-node that a receipt names, from a place on.
func (m *missing) subNode(ctx context.Context, parent string, l list, from place, behind bookmark) bool {
	at, err := m.subs.newest(ctx, l, from)
	if err != nil {
		m.yield(Found{}, err)
		return false
	}

	last := ""
	if behind.sub != nil && behind.sub.Node == l.first.Node {
		last = behind.sub.Name()
		if behind.sub.Pass == at.pass {
			at.page = max(at.page, pageBefore(*behind.sub))
		}
	}

	for step, err := range m.subs.walk(ctx, l, at) {
		if err != nil {
			m.yield(Found{}, err)
			return false
		}
		if step.task == nil {
			if !step.ends && m.enough() {
				return false
			}
			continue
		}
		name := step.task.Task.ReceiptName()
		if name > last && !m.yieldMissing(*step.task, parent+bookmarkSeparator+name) {
			return false
		}
	}

	return true
}

// yieldMissing yields a task if it is missing, and notes that the search has come to it.
func (m *missing) yieldMissing(t Found, looked string) bool {
	m.looked = looked
	return t.Done || t.Since.After(m.named) || m.yield(t, nil)
}

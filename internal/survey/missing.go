package survey

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"azureml-dsr/internal/dsr"
)

// Missing yields tasks that are missing and were named no later than a time: behind
// the one that the checkpoint says was looked at last, to the end and on from the
// beginning, so that each has its turn. It ends early when enough says so.
// Looked tells where.
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

		s.looked = "" // all had their turn
	}
}

// Looked tells where Missing has ended, for the next one to go on behind; "" after it
// has looked at all.
func (s *Survey) Looked() string { return s.looked }

// missing is one look for tasks that are missing.
type missing struct {
	*Survey
	named  time.Time
	enough func() bool
	yield  func(Found, error) bool
	marks  map[int]dsr.NodeMark

	// first is the node to begin with, and behind the place in it that the look goes
	// on behind.
	first  int
	behind spot
}

// resume reads where the last look ended. What can't be read begins again.
func (m *missing) resume(looked string) {
	at, ok := parseSpot(looked)
	if !ok {
		return
	}
	number, sub, err := dsr.SplitNode(at.own.Node)
	if err != nil || sub != "" {
		return
	}
	m.first, m.behind = number, at
}

// order returns the plan's nodes from the first one on, that one again at the end.
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

// node looks at a node. False when the reader has enough.
func (m *missing) node(ctx context.Context, n dsr.Node) bool {
	l := m.listOf(n)
	behind := m.behind
	m.behind = spot{} // it is of the first node only

	if n.Number != m.first {
		behind = spot{} // that one has ended since
	}

	at := l.begin()
	mark, begun := m.marks[n.Number]
	if begun {
		at = place{generation: mark.Pass, page: mark.Page, since: mark.Since}
	}

	at, err := m.own.newest(ctx, l, at)
	if err != nil {
		m.yield(Found{}, err)
		return false
	}

	if behind.own.Pass == at.generation {
		// The page before tells since when this one has been named.
		at.page = max(at.page, behind.own.Page-2)
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
				return true // what follows was named later still
			}
			continue
		}
		if !m.task(ctx, *step.task, behind, complete(mark, *step.task)) {
			return false
		}
	}

	return true
}

// complete returns the sub-node of a task up to which those that its receipt names are
// complete, and how far that one is; the zero mark for none.
func complete(mark dsr.NodeMark, t Found) dsr.SubNodeMark {
	within := mark.Within
	at := t.Task.Position()
	if within == nil || within.SubNode == nil || mark.Pass != at.Pass || within.Receipt != t.Task.ReceiptName() {
		return dsr.SubNodeMark{}
	}
	return *within.SubNode
}

// task looks at a task of a node's own and at the sub-nodes that its receipt names.
func (m *missing) task(ctx context.Context, t Found, behind spot, done dsr.SubNodeMark) bool {
	name := t.Task.ReceiptName()
	switch last := behind.ownName(); {
	case name < last:
		return true
	case name > last:
		behind = spot{}
		if !m.look(t, name) {
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
			at = place{generation: done.Pass, page: done.Page, since: done.Since}
		}
		if !m.subNode(ctx, name, l, at, behind) || m.enough() {
			return false
		}
	}

	return true
}

// subNode looks at a sub-node that a receipt names, from a place on.
func (m *missing) subNode(ctx context.Context, parent string, l list, from place, behind spot) bool {
	at, err := m.subs.newest(ctx, l, from)
	if err != nil {
		m.yield(Found{}, err)
		return false
	}

	last := ""

	if behind.sub != nil && behind.sub.Node == l.first.Node {
		last = behind.sub.Name()
		if behind.sub.Pass == at.generation {
			at.page = max(at.page, behind.sub.Page-2)
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
		if name > last && !m.look(*step.task, parent+spotSeparator+name) {
			return false
		}
	}

	return true
}

// look yields a task if it is missing.
func (m *missing) look(t Found, spot string) bool {
	m.looked = spot
	return t.Done || t.Since.After(m.named) || m.yield(t, nil)
}

// spot is where a look has ended: at a task of a node's own, or of a sub-node that
// the receipt of that task names. Sub-nodes have no other order that all attempts
// share: the first versions named them by hashes.
type spot struct {
	own dsr.ReceiptMark
	sub *dsr.ReceiptMark
}

const spotSeparator = " "

func parseSpot(looked string) (s spot, ok bool) {
	own, sub, below := strings.Cut(looked, spotSeparator)
	s.own, ok = parseName(own)
	if ok && below {
		var mark dsr.ReceiptMark
		mark, ok = parseName(sub)
		s.sub = &mark
	}
	return s, ok
}

func parseName(name string) (dsr.ReceiptMark, bool) {
	m, err := dsr.ParseReceiptMark("", name, nil, time.Time{})
	return m, err == nil
}

// ownName names the receipt of the node's own task; "" for none.
func (s spot) ownName() string {
	if s.own.Node == "" {
		return ""
	}
	return s.own.Name()
}

// subID is the id of the sub-node; "" for none.
func (s spot) subID() string {
	if s.sub == nil {
		return ""
	}
	_, id, _ := strings.Cut(s.sub.Node, "~")
	return id
}

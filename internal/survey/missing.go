package survey

import (
	"context"
	"iter"
	"time"

	"azureml-dsr/internal/dsr"
)

// Missing yields tasks that are missing and were named no later than a time: behind
// the one that the checkpoint says was looked at last, to the end and on from the
// beginning, so that each has its turn. It ends early when enough says so.
// Looked tells where.
func (s *Survey) Missing(ctx context.Context, c dsr.Checkpoint, named time.Time, enough func() bool) iter.Seq2[Found, error] {
	return func(yield func(Found, error) bool) {
		m := &missing{Survey: s, named: named, enough: enough, yield: yield, marks: map[int]dsr.NodeMark{}}
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

// Looked names the receipt of the task that Missing looked at last; "" after it has
// looked at all.
func (s *Survey) Looked() string { return s.looked }

// missing is one look for tasks that are missing.
type missing struct {
	*Survey
	named  time.Time
	enough func() bool
	yield  func(Found, error) bool
	marks  map[int]dsr.NodeMark

	// first is the node to begin with, and behind the receipt in it that the look
	// goes on behind: parent is its place in the node's own list.
	first  int
	behind string
	parent *dsr.Task
}

// resume reads where the last look ended. What can't be read begins anew.
func (m *missing) resume(looked string) {
	mark, err := dsr.ParseReceiptMark("", looked, nil, time.Time{})
	if err != nil {
		return
	}
	number, sub, err := dsr.SplitNode(mark.Node)
	if err != nil {
		return
	}

	m.first = number
	parent := mark.Task(dsr.Attempt{RequestID: m.plan.RequestID, Number: m.plan.Attempt})
	if sub != "" {
		at, _, placed := dsr.ParseSubNode(sub)
		if !placed || !m.placed() {
			return
		}
		parent.Node = dsr.NodeName(number)
		parent.Generation, parent.Page, parent.Chunk = at.Generation, at.Page, at.Chunk
	}
	m.behind, m.parent = looked, &parent
}

// order gives the plan's nodes from the first one on, that one again at the end.
func (m *missing) order() []dsr.Node {
	nodes := m.plan.Nodes
	if m.first < 1 || m.first > len(nodes) {
		return nodes
	}
	order := append([]dsr.Node{}, nodes[m.first-1:]...)
	return append(order, nodes[:m.first]...)
}

// node looks at a node. False when the reader has enough.
func (m *missing) node(ctx context.Context, n dsr.Node) bool {
	l := m.listOf(n)
	parent, behind := m.parent, m.behind
	m.parent, m.behind = nil, "" // of the first node only
	if n.Number != m.first {
		parent, behind = nil, "" // that one has ended since
	}

	at := l.begin()
	if mark, begun := m.marks[n.Number]; begun {
		at = place{generation: mark.Generation, page: mark.Page, since: mark.Since}
	}
	if parent != nil && parent.Generation == at.generation {
		// The page before tells since when this one has been named.
		at.page = max(at.page, parent.Page-2)
	}
	at, err := m.own.newest(ctx, l, at)
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
				return true // what follows was named later still
			}
			continue
		}

		name := step.task.Task.ReceiptName()
		if parent != nil && name < parent.ReceiptName() {
			continue
		}
		if !m.look(*step.task, behind) || !m.subNodes(ctx, *step.task, behind) {
			return false
		}
	}
	return true
}

// look yields a task if it is missing.
func (m *missing) look(t Found, behind string) bool {
	name := t.Task.ReceiptName()
	if name <= behind && t.Task.Node == nodeOf(behind) {
		return true
	}
	m.looked = name
	return t.Done || t.Since.After(m.named) || m.yield(t, nil)
}

// nodeOf gives the node of a receipt's name.
func nodeOf(name string) string {
	mark, _ := dsr.ParseReceiptMark("", name, nil, time.Time{})
	return mark.Node
}

// subNodes looks at the sub-nodes that a task's receipt names.
func (m *missing) subNodes(ctx context.Context, t Found, behind string) bool {
	for _, id := range t.Receipt.SubNodes {
		sub := subList(t, id)
		if _, last, _ := dsr.SplitNode(nodeOf(behind)); last != "" && id < last {
			continue
		}
		for found, err := range m.subs.tasksOf(ctx, sub, nil) {
			if err != nil {
				m.yield(Found{}, err)
				return false
			}
			if !m.look(found, behind) {
				return false
			}
		}
		if m.enough() {
			return false
		}
	}
	return true
}

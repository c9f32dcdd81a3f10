package survey

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"azureml-dsr/internal/dsr"
)

// ErrIncomplete means that a task of an attempt that was taken for complete was not
// seen to be done.
var ErrIncomplete = errors.New("the attempt is not complete")

// Tasks yields the tasks that the pages imply, node by node, those of a sub-node
// behind the task whose receipt names it. Pages of a generation that was given up
// imply none.
func (s *Survey) Tasks(ctx context.Context) iter.Seq2[Found, error] {
	return func(yield func(Found, error) bool) {
		for _, n := range s.plan.Nodes {
			if !s.nodeTasks(ctx, n, yield) {
				return
			}
		}
	}
}

func (s *Survey) nodeTasks(ctx context.Context, n dsr.Node, yield func(Found, error) bool) bool {
	for t, err := range s.own.tasksOf(ctx, s.listOf(n), nil) {
		if !yield(t, err) || err != nil {
			return false
		}
		for _, id := range t.Receipt.SubNodes {
			for sub, err := range s.subs.tasksOf(ctx, subList(t, id), nil) {
				if !yield(sub, err) || err != nil {
					return false
				}
			}
		}
	}
	return true
}

// tasksOf yields the tasks of a list's newest generation, from a page on where one
// is given.
func (r *records) tasksOf(ctx context.Context, l list, from *dsr.Position) iter.Seq2[Found, error] {
	return func(yield func(Found, error) bool) {
		at := l.begin()
		if from != nil {
			at = place{generation: from.Generation, page: from.Page - 1, since: l.since}
		}
		at, err := r.newest(ctx, l, at)
		if err != nil {
			yield(Found{}, err)
			return
		}
		for step, err := range r.walk(ctx, l, at) {
			if err != nil {
				yield(Found{}, err)
				return
			}
			if step.task != nil && !yield(*step.task, nil) {
				return
			}
		}
	}
}

// Receipts yields, in the order of their names, the receipts that count, from behind
// one on; "" is from the first. Of an attempt that is not canceled each task must be
// done: ErrIncomplete. A canceled one has those that were seen.
func (s *Survey) Receipts(ctx context.Context, behind string, canceled bool) iter.Seq2[dsr.ReceiptMark, error] {
	return func(yield func(dsr.ReceiptMark, error) bool) {
		r := &receipts{Survey: s, behind: behind, canceled: canceled, yield: yield}
		number, err := r.resume()
		if err != nil {
			yield(dsr.ReceiptMark{}, err)
			return
		}
		for _, n := range s.plan.Nodes {
			if n.Number >= number && !r.node(ctx, n) {
				return
			}
		}
	}
}

// receipts is one reading of the receipts that count.
type receipts struct {
	*Survey
	behind   string
	canceled bool
	yield    func(dsr.ReceiptMark, error) bool
	// ownFrom and namedFrom are where the first node's own list is gone on with, for
	// its receipts and for the sub-nodes that these name; nil is from its begin.
	ownFrom, namedFrom *dsr.Position
	// sub is the sub-node of the first node that the reading goes on in, from subFrom
	// on; "" for none.
	sub     string
	subFrom dsr.Position
}

// resume finds out where the reading goes on, and in which node; 0 is the first.
func (r *receipts) resume() (number int, err error) {
	if r.behind == "" {
		return 0, nil
	}
	m, err := dsr.ParseReceiptMark("", r.behind, nil, time.Time{})
	if err != nil {
		return 0, fmt.Errorf("surveying: %w", err)
	}
	number, sub, err := dsr.SplitNode(m.Node)
	if err != nil {
		return 0, fmt.Errorf("surveying: %w", err)
	}

	at := dsr.Position{Generation: m.Generation, Page: m.Page, Chunk: m.Chunk}
	if sub == "" {
		r.ownFrom = &at
		return number, nil
	}
	r.sub, r.subFrom = m.Node, at
	if named, _, placed := dsr.ParseSubNode(sub); placed && r.placed() {
		r.namedFrom = &named
	}
	return number, nil
}

// placed reports whether sub-nodes sort in the order in which receipts name them.
func (s *Survey) placed() bool { return s.plan.SubNodes == dsr.SubNodesByPlace }

// node yields a node's own receipts, which sort before those of its sub-nodes, and
// then these. False when the reader has enough.
func (r *receipts) node(ctx context.Context, n dsr.Node) bool {
	l := r.listOf(n)
	own, named, sub := r.ownFrom, r.namedFrom, r.sub
	r.ownFrom, r.namedFrom, r.sub = nil, nil, ""

	if sub == "" {
		named, goOn := r.ownReceipts(ctx, l, own)
		if !goOn || !named {
			return goOn
		}
	}
	for below, err := range r.subLists(ctx, l, named) {
		if err != nil {
			return r.fail(err)
		}
		if below.first.Node < sub {
			continue
		}
		var from *dsr.Position
		if below.first.Node == sub {
			from = &r.subFrom
		}
		for t, err := range r.subs.tasksOf(ctx, below, from) {
			if err != nil || !r.take(t) {
				return r.fail(err)
			}
		}
	}
	return true
}

// ownReceipts yields a node's own receipts and reports whether they may name
// sub-nodes.
func (r *receipts) ownReceipts(ctx context.Context, l list, from *dsr.Position) (named, goOn bool) {
	named = from != nil // those before may
	for t, err := range r.own.tasksOf(ctx, l, from) {
		if err != nil || !r.take(t) {
			return false, r.fail(err)
		}
		named = named || len(t.Receipt.SubNodes) > 0
	}
	return named, true
}

func (r *receipts) fail(err error) bool {
	if err != nil {
		r.yield(dsr.ReceiptMark{}, err)
	}
	return false
}

// take yields the receipt of a task that is behind where the reading begins.
func (r *receipts) take(t Found) bool {
	switch {
	case t.Task.ReceiptName() <= r.behind:
		return true
	case t.Done:
		return r.yield(t.Receipt, nil)
	case r.canceled:
		return true
	default:
		r.yield(dsr.ReceiptMark{}, ErrIncomplete)
		return false
	}
}

// subLists yields the sub-nodes that a node's receipts name, in the order of names.
// By place that is the order in which receipts name them; hashes are put in order
// first.
func (r *receipts) subLists(ctx context.Context, l list, from *dsr.Position) iter.Seq2[list, error] {
	return func(yield func(list, error) bool) {
		var hashed []list
		for t, err := range r.own.tasksOf(ctx, l, from) {
			if err != nil {
				yield(list{}, err)
				return
			}
			for _, id := range t.Receipt.SubNodes {
				if !r.placed() {
					hashed = append(hashed, subList(t, id))
				} else if !yield(subList(t, id), nil) {
					return
				}
			}
		}

		byName := func(a, b list) int { return strings.Compare(a.first.Node, b.first.Node) }
		slices.SortFunc(hashed, byName)
		for _, sub := range slices.CompactFunc(hashed, func(a, b list) bool { return byName(a, b) == 0 }) {
			if !yield(sub, nil) {
				return
			}
		}
	}
}

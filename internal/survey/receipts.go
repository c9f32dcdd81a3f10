package survey

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

// ErrIncomplete means that a task of an attempt that was taken for complete was not
// seen to be done.
var ErrIncomplete = errors.New("the attempt is not complete")

// Resume is where a reading of the receipts goes on. The zero value is the beginning.
type Resume struct {
	// Behind names the last receipt that was read. A sub-node's is named behind a
	// blank, and before it the last one of its node's own.
	Behind string
	// SubNodes reports whether a receipt that was read may name a sub-node. Where none
	// does, these receipts need not be looked at again.
	SubNodes bool
}

// Receipts yields, in the order of their names, the receipts that count, from where an
// earlier reading has ended. Of an attempt that is not canceled each task must be
// done: ErrIncomplete. A canceled one has those that were seen, of each list in one
// pass: the one that was the newest when the reading came to the list.
func (s *Survey) Receipts(ctx context.Context, from Resume, canceled bool) iter.Seq2[dsr.ReceiptMark, error] {
	return func(yield func(dsr.ReceiptMark, error) bool) {
		r := &receipts{
			Survey:   s,
			named:    from.SubNodes,
			canceled: canceled,
			yield:    yield,
		}
		number, err := r.resume(from.Behind)
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

// Complete lists the receipts of a plan's nodes that count, in the order of their
// names. ErrIncomplete ends it where a task was not seen to be done: what is deleted, or
// retried, never follows from a part of what was read.
func Complete(ctx context.Context, l Lister, plan dsr.Plan) iter.Seq2[dsr.ReceiptMark, error] {
	return New(l, plan).Receipts(ctx, Resume{}, false)
}

// receipts is one reading of the receipts that count.
type receipts struct {
	*Survey
	behind   string // the last receipt that was read before
	named    bool   // whether one that was read before may name a sub-node
	canceled bool
	yield    func(dsr.ReceiptMark, error) bool

	// own is where the first node's own list is gone on with; the zero position is
	// from its begin.
	own dsr.Position
	// sub is the sub-node of that node in which the reading goes on, from subFrom on;
	// "" for none.
	sub     string
	subFrom dsr.Position
}

// resume finds out where the reading goes on, and in which node; 0 is the first.
func (r *receipts) resume(behind string) (number int, err error) {
	if behind == "" {
		return 0, nil
	}
	at, ok := parseSpot(behind)
	if !ok {
		return 0, fmt.Errorf("surveying: %q names no receipts", behind)
	}
	number, sub, err := dsr.SplitNode(at.own.Node)
	if err != nil || sub != "" {
		return 0, fmt.Errorf("surveying: %q names no receipt of a node's own", behind)
	}

	r.own, r.behind = positionOf(at.own), at.ownName()
	if at.sub == nil {
		return number, nil
	}

	r.sub, r.subFrom, r.behind = at.sub.Node, positionOf(*at.sub), at.sub.Name()
	r.own = dsr.Position{Pass: r.own.Pass, Page: 1}
	if named, _, placed := dsr.ParseSubNode(at.subID()); placed && r.placed() {
		r.own = named
	}

	return number, nil
}

func positionOf(m dsr.ReceiptMark) dsr.Position {
	return dsr.Position{Pass: m.Pass, Page: m.Page, Chunk: m.Chunk}
}

// placed reports whether sub-nodes sort in the order in which receipts name them.
func (s *Survey) placed() bool { return s.plan.SubNodes == dsr.SubNodesByPlace }

// node yields a node's own receipts, which sort before those of its sub-nodes, and
// then these. False when the reader has enough.
func (r *receipts) node(ctx context.Context, n dsr.Node) bool {
	l := r.listOf(n)
	own, sub := r.own, r.sub
	r.own, r.sub = dsr.Position{}, "" // they are of the first node only

	at, err := r.Survey.own.begin(ctx, l, own)
	if err != nil {
		return r.fail(err)
	}

	if sub == "" {
		named, goOn := r.ownReceipts(ctx, l, at)
		if !goOn || !named {
			return goOn
		}
		at = place{generation: at.generation, since: l.since}
	}

	for below, err := range r.subLists(ctx, l, at) {
		if err != nil {
			return r.fail(err)
		}
		if below.first.Node < sub {
			continue
		}

		from := dsr.Position{}
		if below.first.Node == sub {
			from = r.subFrom
		}
		if !r.subReceipts(ctx, below, from) {
			return false
		}
	}

	return true
}

// begin returns the place where a list is read from: before the page of a position, and
// for the zero position before the first page of the newest pass.
func (r *records) begin(ctx context.Context, l list, from dsr.Position) (place, error) {
	if from.Pass > 0 {
		return place{generation: from.Pass, page: from.Page - 1, since: l.since}, nil
	}
	return r.newest(ctx, l, l.begin())
}

// within yields the tasks of one pass of a list, from a place on. One that is
// given up meanwhile is not complete.
func (r *receipts) within(ctx context.Context, records *records, l list, at place) iter.Seq2[Found, error] {
	return func(yield func(Found, error) bool) {
		for step, err := range records.walk(ctx, l, at) {
			switch {
			case err != nil:
				yield(Found{}, err)
				return
			case step.restarts:
				if !r.canceled {
					yield(Found{}, ErrIncomplete)
				}
				return

			case step.task != nil && !yield(*step.task, nil):
				return
			}
		}
	}
}

// ownReceipts yields a node's own receipts and reports whether they may name
// sub-nodes.
func (r *receipts) ownReceipts(ctx context.Context, l list, at place) (named, goOn bool) {
	named = at.page > 0 && r.named
	for t, err := range r.within(ctx, &r.Survey.own, l, at) {
		if err != nil || !r.take(t) {
			return false, r.fail(err)
		}
		named = named || len(t.Receipt.SubNodes) > 0
	}
	return named, true
}

// subReceipts yields a sub-node's receipts, from a position on.
func (r *receipts) subReceipts(ctx context.Context, l list, from dsr.Position) bool {
	at, err := r.subs.begin(ctx, l, from)
	if err != nil {
		return r.fail(err)
	}
	for t, err := range r.within(ctx, &r.subs, l, at) {
		if err != nil || !r.take(t) {
			return r.fail(err)
		}
	}
	return true
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
func (r *receipts) subLists(ctx context.Context, l list, at place) iter.Seq2[list, error] {
	return func(yield func(list, error) bool) {
		var hashed []list
		for t, err := range r.within(ctx, &r.Survey.own, l, at) {
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

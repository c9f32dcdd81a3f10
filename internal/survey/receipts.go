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

// ErrIncomplete means that a task has no receipt in a listing of an attempt that was taken
// for complete.
var ErrIncomplete = errors.New("the attempt is not complete")

// Resume is where a reading of the receipts goes on. The zero value means the beginning.
type Resume struct {
	// Behind names the last receipt that was read. Before a sub-node's stand the last
	// receipt of its node's own and a blank.
	Behind string
	// SubNodes reports whether a receipt that was read may name a sub-node. Where none
	// does, these receipts need not be read again.
	SubNodes bool
}

// Receipts yields the receipts that count, in the order of their names, from where an
// earlier reading ended. ErrIncomplete ends it at a task that is not done, unless the
// attempt is canceled. Of a canceled attempt it yields the receipts that were seen, those
// of each list of one pass: the newest one when the reading comes to the list.
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

// Complete yields the receipts of a plan's nodes that count, in the order of their names.
// ErrIncomplete ends it at a task that is not done, so that nothing is deleted or retried
// because of a part of what was to be read.
func Complete(ctx context.Context, l Lister, plan dsr.Plan) iter.Seq2[dsr.ReceiptMark, error] {
	return New(l, plan).Receipts(ctx, Resume{}, false)
}

// receipts is one reading of the receipts that count.
type receipts struct {
	*Survey
	behind   string // the last receipt that the earlier reading has read
	named    bool   // one that it has read may name a sub-node
	canceled bool
	yield    func(dsr.ReceiptMark, error) bool

	// own is where the reading of the first node's own list goes on; the zero position
	// means the list's beginning.
	own dsr.Position
	// sub is the sub-node of that node in which the reading goes on, at subFrom; "" for
	// none.
	sub     string
	subFrom dsr.Position
}

// resume reads where the reading goes on, and returns in which node; 0 for the first.
func (r *receipts) resume(behind string) (number int, err error) {
	if behind == "" {
		return 0, nil
	}
	at, ok := parseBookmark(behind)
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
	if named, _, ok := dsr.ParseSubNode(at.subID()); ok && r.byPlace() {
		r.own = named
	}

	return number, nil
}

func positionOf(m dsr.ReceiptMark) dsr.Position {
	return dsr.Position{Pass: m.Pass, Page: m.Page, Chunk: m.Chunk}
}

// byPlace reports whether sub-nodes are named by their place, and so sort in the order in
// which receipts name them.
func (s *Survey) byPlace() bool { return s.plan.SubNodes == dsr.SubNodesByPlace }

// node yields a node's own receipts and then those of its sub-nodes, which sort after
// them. It returns false when the reader has enough.
func (r *receipts) node(ctx context.Context, n dsr.Node) bool {
	l := r.listOf(n)
	own, sub := r.own, r.sub
	r.own, r.sub = dsr.Position{}, "" // of the first node only

	at, err := r.Survey.own.begin(ctx, l, own)
	if err != nil {
		return r.fail(err)
	}

	if sub == "" {
		named, goOn := r.ownReceipts(ctx, l, at)
		if !goOn || !named {
			return goOn
		}
		at = place{pass: at.pass, since: l.since}
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

// begin returns the place before the page of a position. The zero position means the first
// page of the newest pass.
func (r *records) begin(ctx context.Context, l list, from dsr.Position) (place, error) {
	if from.Pass > 0 {
		return place{pass: from.Pass, page: from.Page - 1, since: l.since}, nil
	}
	return r.newest(ctx, l, l.begin())
}

// within yields the tasks of one pass of a list, from a place on. A pass that is given up
// meanwhile is not complete.
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

// ownReceipts yields a node's own receipts, and reports whether any of them may name a
// sub-node.
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

// take yields the receipt of a task, unless an earlier reading has.
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

// subLists yields the lists of the sub-nodes that a node's receipts name, in the order of
// the sub-nodes' names. Names by place come in that order; hashes are sorted first.
func (r *receipts) subLists(ctx context.Context, l list, at place) iter.Seq2[list, error] {
	return func(yield func(list, error) bool) {
		var hashed []list
		for t, err := range r.within(ctx, &r.Survey.own, l, at) {
			if err != nil {
				yield(list{}, err)
				return
			}

			for _, id := range t.Receipt.SubNodes {
				if !r.byPlace() {
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

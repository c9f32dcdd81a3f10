package verify

import (
	"context"
	"iter"
	"slices"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/dsr"
)

// walk goes through the plan's nodes, and at the same time through four listings in the same
// order: the names of the page records, the page records, the receipts, and the manifest's
// references to receipts.
type walk struct {
	v     *verifier
	ctx   context.Context // of the receipts that are checked at once
	group *errgroup.Group

	names    *cursor[dsr.Task] // of page records, one node ahead of the records
	pages    *cursor[walkedPage]
	receipts *cursor[listed[dsr.Receipt]]
	refs     *receiptRefs

	current storedPage // the page whose tasks are being walked
	other   storedPage // the last page that was read for a receipt that no page implies
	// incomplete are the nodes with a page or receipt that can't be relied on. Which tasks
	// they and their sub-nodes have is not known.
	incomplete map[string]bool
}

// walkedPage is a page record that a listing found, and its place by its name.
type walkedPage struct {
	at     dsr.Task
	record *stored[dsr.Page] // nil: it can't be read
	fits   bool              // it can be the record of its place; if not, the fault is noted
}

// checkReceipts checks that the manifest names exactly the receipts that the pages of the
// newest passes imply, and checks each receipt with what it names. Without a plan it can only
// check what the manifest names.
func (v *verifier) checkReceipts(ctx context.Context) error {
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(readsAtOnce)
	w := &walk{
		v:          v,
		ctx:        gctx,
		group:      group,
		refs:       &receiptRefs{v: v},
		incomplete: map[string]bool{},
	}
	defer w.open()()

	err := w.plan()
	if err == nil {
		err = w.refsBefore("")
	}

	if failed := group.Wait(); failed != nil {
		return failed
	}

	return err
}

// open opens the listings and returns a function that closes them.
func (w *walk) open() (closeAll func()) {
	var closeNames, closePages, closeReceipts func()
	w.names, closeNames = newCursor(w.pageNames())
	w.pages, closePages = newCursor(w.pageRecords())
	w.receipts, closeReceipts = newCursor(list[dsr.Receipt](w.ctx, w.v, w.v.attempt.Receipts(), func(name string) bool {
		_, ok := receiptAt(w.v.attempt, name)
		return !ok
	}))
	return func() {
		closeNames()
		closePages()
		closeReceipts()
	}
}

// pageNames yields the places of the page records, parsed from their names.
func (w *walk) pageNames() iter.Seq2[dsr.Task, error] {
	return func(yield func(dsr.Task, error) bool) {
		for name, err := range w.v.evidence.List(w.ctx, w.v.attempt.Pages()) {
			at, ok := pageAt(w.v.attempt, name)
			if (ok || err != nil) && (!yield(at, err) || err != nil) {
				return
			}
		}
	}
}

// pageRecords yields the page records, including those of discarded passes.
func (w *walk) pageRecords() iter.Seq2[walkedPage, error] {
	skip := func(name string) bool { _, ok := pageAt(w.v.attempt, name); return !ok }
	return func(yield func(walkedPage, error) bool) {
		for l, err := range list[dsr.Page](w.ctx, w.v, w.v.attempt.Pages(), skip) {
			if err != nil {
				yield(walkedPage{}, err)
				return
			}
			if !yield(w.walked(l), nil) {
				return
			}
		}
	}
}

// walked checks whether a page record can be the record of its place.
func (w *walk) walked(l listed[dsr.Page]) walkedPage {
	at, _ := pageAt(w.v.attempt, l.name) // can't fail: other names were left out
	p := walkedPage{at: at}
	fault := l.fault
	if fault == nil {
		p.record = l.record
		fault = pageFault(l.name, at, l.record.value)
	}

	if fault != nil {
		w.v.note(*fault)
		w.markIncomplete(at)
	}

	p.fits = fault == nil

	return p
}

// plan walks the nodes of the plan.
func (w *walk) plan() error {
	if w.v.plan == nil {
		return nil
	}
	for _, n := range w.v.plan.Nodes {
		if err := w.planNode(n); err != nil {
			return err
		}
	}
	return nil
}

// planNode walks a node and then the sub-nodes that its receipts name.
func (w *walk) planNode(n dsr.Node) error {
	types := typesInOrder(n)
	first := w.v.plan.FirstTask(n)
	subs := newHandedOver(first.Node, len(types))
	err := w.node(first, types, func(t dsr.Task, r dsr.Receipt) {
		subs.add(slices.Index(types, t.Type), r.SubNodes)
	})
	if err != nil {
		return err
	}

	subs.sort()

	for name, typ, ok := subs.take(); ok; name, typ, ok = subs.take() {
		w.v.named.add(countedSubNode(w.v.attempt, name))
		sub := first
		sub.Node, sub.Type = name, types[typ]
		if err := w.node(sub, types[typ:typ+1], func(dsr.Task, dsr.Receipt) {}); err != nil {
			return err
		}
	}

	return nil
}

// countedSubNode is the name by which named remembers a sub-node that was walked.
func countedSubNode(a dsr.Attempt, node string) string { return a.Receipts() + node + "/" }

// markIncomplete notes that a page or receipt of a node can't be relied on.
func (w *walk) markIncomplete(at dsr.Task) { w.incomplete[planNode(at.Node)] = true }

func (w *walk) isIncomplete(t dsr.Task) bool { return w.incomplete[planNode(t.Node)] }

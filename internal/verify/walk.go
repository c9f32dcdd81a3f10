package verify

import (
	"context"
	"iter"
	"slices"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/dsr"
)

// walk goes through the plan's nodes and side by side through four listings that
// have the same order: the names of the page records, the records, the receipts,
// and the manifest's own list of receipts.
type walk struct {
	v     *verifier
	ctx   context.Context // of the receipts that are checked at once
	group *errgroup.Group

	names    *cursor[dsr.Task] // of page records: a node ahead of the records
	pages    *cursor[walkedPage]
	receipts *cursor[listed[dsr.Receipt]]
	refs     *receiptRefs

	current storedPage      // whose tasks are walked
	other   storedPage      // that a receipt named last which no page implies
	torn    map[string]bool // nodes of whose pages or receipts one can't be relied on
}

// walkedPage is a page record that a listing found, and its place by its name.
type walkedPage struct {
	at     dsr.Task
	record *stored[dsr.Page] // nil: it can't be read
	fits   bool              // it can be that of its place; else the fault is noted
}

// checkReceipts checks that the manifest names exactly the receipts that the
// pages of the newest passes imply, and each receipt with what it names.
// Without a plan only what the manifest names can be checked.
func (v *verifier) checkReceipts(ctx context.Context) error {
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(readsAtOnce)
	w := &walk{
		v:     v,
		ctx:   gctx,
		group: group,
		refs:  &receiptRefs{v: v},
		torn:  map[string]bool{},
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

// open opens the listings and gives what closes them.
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

// pageNames yields the places of the page records by their names.
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

// pageRecords yields the page records, those of discarded passes too.
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

// walked judges a page record by its place.
func (w *walk) walked(l listed[dsr.Page]) walkedPage {
	at, _ := pageAt(w.v.attempt, l.name) // it was asked before
	p := walkedPage{at: at}
	fault := l.fault
	if fault == nil {
		p.record = l.record
		fault = pageFault(l.name, at, l.record.value)
	}

	if fault != nil {
		w.v.note(*fault)
		w.tear(at)
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

// planNode walks a node, and then the sub-nodes that its receipts name.
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

// countedSubNode is what a sub-node that counts is remembered by.
func countedSubNode(a dsr.Attempt, node string) string { return a.Receipts() + node + "/" }

// tear notes that which tasks a node and its sub-nodes have can't be told.
func (w *walk) tear(at dsr.Task) { w.torn[planNode(at.Node)] = true }

func (w *walk) isTorn(t dsr.Task) bool { return w.torn[planNode(t.Node)] }

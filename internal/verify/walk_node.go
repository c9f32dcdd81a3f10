package verify

import (
	"cmp"
	"slices"

	"azureml-dsr/internal/dsr"
)

// node walks the newest pass of one node, page after page. Each page must have its record,
// and each task that a record implies its receipt. node calls each for these receipts.
func (w *walk) node(first dsr.Task, types []string, each func(dsr.Task, dsr.Receipt)) error {
	want, err := w.newest(first)
	if err != nil {
		return err
	}

	state, before := goesOn, newNameSet()
	for {
		p, ok, err := w.page(want)
		if err != nil {
			return err
		}
		if !ok {
			break
		}

		if state == ended {
			w.v.fault(FaultInconsistent, p.at.PageBlob(), "a page before it says that its list goes no further")
		} else if p.at.Page > want.Page {
			if err := w.gap(want, each); err != nil {
				return err
			}
			before = nil
		}

		want.Page = p.at.Page
		if state, err = w.tasksOf(p, before, want, types, each); err != nil {
			return err
		}

		before = w.passedOn()
		want.Page++
	}

	if state != goesOn {
		return nil
	}

	return w.gap(want, each)
}

// listState is how a list goes on after a page.
type listState int

const (
	goesOn  listState = iota // it has a next page
	ended                    // it has none
	unknown                  // the page's record can't be relied on
)

// newest returns the first page of a node's newest pass.
func (w *walk) newest(first dsr.Task) (dsr.Task, error) {
	var e extent
	for {
		at, ok, err := w.names.upTo(func(at dsr.Task) int { return compareNodes(at, first) })
		if err != nil {
			return first, err
		}
		if !ok {
			break
		}

		e.add(at)
		w.names.take()
	}

	pass, err := e.newest(first, w.lastPage)
	first.Pass = pass

	return first, err
}

// lastPage reads the last page of a pass. If that is the next page in the listing, as in a
// list of one page, it is not read again.
func (w *walk) lastPage(at dsr.Task) (*dsr.Page, error) {
	next, ok, err := w.pages.upTo(func(p walkedPage) int { return comparePages(p.at, at) })
	switch {
	case err != nil:
		return nil, err
	case !ok || next.at.Page != at.Page:
		return w.v.readPage(w.ctx, at)
	case !next.fits:
		return nil, nil
	default:
		return &next.record.value, nil
	}
}

// page takes the next page record of a pass; false if none is left.
func (w *walk) page(want dsr.Task) (walkedPage, bool, error) {
	p, ok, err := w.pages.upTo(func(p walkedPage) int { return comparePages(p.at, want) })
	if ok {
		w.pages.take()
	}
	return p, ok, err
}

// gap handles a page without a record, by the task that lists it. Whatever receipts there
// are, what else the page implies is not known.
func (w *walk) gap(lister dsr.Task, each func(dsr.Task, dsr.Receipt)) error {
	w.markIncomplete(lister)
	if !w.v.canceled() {
		w.v.missing(lister.PageBlob())
	}
	w.current = storedPage{}
	return w.expect(lister, each)
}

// tasksOf expects the receipts of a page's tasks, and returns how the list goes on after the
// page. A record that can't be relied on implies only the task that made it.
func (w *walk) tasksOf(p walkedPage, before *nameSet, lister dsr.Task, types []string, each func(dsr.Task, dsr.Receipt)) (listState, error) {
	w.current = storedPage{
		name:   lister.PageBlob(),
		record: p.record,
		fits:   p.fits,
		before: before,
	}
	if !p.fits {
		return unknown, w.expect(lister, each)
	}

	w.v.checkStagePage(p.record.value, lister)

	for t := range impliedBy(p.record.value, lister, types) {
		if err := w.expect(t, each); err != nil {
			return unknown, err
		}
	}

	if p.record.value.State == dsr.PageNext {
		return goesOn, nil
	}

	return ended, nil
}

// passedOn returns the ids that the page after the current one may repeat; nil if they are
// not known.
func (w *walk) passedOn() *nameSet {
	if !w.current.fits || w.current.changed {
		return nil
	}

	page, names := w.current.record.value, newNameSet()
	for _, id := range slices.Concat(page.Items, page.Window) {
		names.add(id)
	}
	return names
}

// expect looks for the receipt of a task. In a canceled attempt a task without a receipt
// counts as canceled.
func (w *walk) expect(t dsr.Task, each func(dsr.Task, dsr.Receipt)) error {
	name := t.ReceiptBlob()
	l, ok, err := w.receipts.upTo(func(l listed[dsr.Receipt]) int { return cmp.Compare(l.name, name) })
	switch {
	case err != nil:
		return err
	case ok:
		w.receipts.take()
		if l.fault == nil {
			each(t, l.record.value)
		}
		return w.implied(l)

	case !w.v.canceled():
		w.v.missing(name)
		w.v.tally.incomplete = true
	}

	return nil
}

// compareNodes orders tasks by their nodes as a listing does, in which a slash follows a
// node's name.
func compareNodes(a, b dsr.Task) int { return cmp.Compare(a.Node+"/", b.Node+"/") }

// comparePages orders tasks by node and pass.
func comparePages(a, b dsr.Task) int {
	return cmp.Or(compareNodes(a, b), cmp.Compare(a.Pass, b.Pass))
}

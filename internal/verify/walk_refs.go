package verify

import (
	"strings"

	"azureml-dsr/internal/dsr"
)

// done checks a receipt that the pages imply.
func (w *walk) done(l listed[dsr.Receipt]) error {
	v := w.v
	name := strings.TrimPrefix(l.name, v.attempt.Prefix())
	if err := w.refsBefore(name); err != nil {
		return err
	}

	ref, ok, err := w.refs.peek(w.ctx)
	if err != nil {
		return err
	}
	if ok && ref.Name == name {
		w.refs.take()
		return w.check(l, &ref)
	}
	if v.canceled() {
		return nil // it came after the closing
	}

	if !v.partsUnknown {
		v.fault(FaultInconsistent, l.name, "a page implies it and the manifest does not name it")
	}

	v.tally.doubtful = true

	return w.check(l, nil)
}

// refsBefore takes what the manifest names before a receipt, all that is left
// for "": receipts that no page implies or that are not there.
func (w *walk) refsBefore(name string) error {
	for {
		ref, ok, err := w.refs.peek(w.ctx)
		if err != nil || !ok || (name != "" && ref.Name >= name) {
			return err
		}
		w.refs.take()
		if err := w.unimplied(ref); err != nil {
			return err
		}
	}
}

// unimplied checks a receipt that the manifest names and the pages do not imply.
// When the pages of a canceled attempt came nobody can tell.
func (w *walk) unimplied(ref dsr.ReceiptRef) error {
	v := w.v
	name := v.attempt.Prefix() + ref.Name
	task, ok := receiptAt(v.attempt, name)
	if !ok {
		v.fault(FaultInconsistent, w.refs.name, "it names a receipt by a name that none has")
		w.doubt(&ref)
		return nil
	}

	record, fault, err := fetch[dsr.Receipt](w.ctx, v, name)
	if err != nil {
		return err
	}

	err = w.check(listed[dsr.Receipt]{name: name, record: record, fault: fault}, &ref)

	if fault == nil && v.plan != nil && !v.canceled() && !w.isTorn(task) {
		v.fault(FaultInconsistent, name, "the manifest names it and no page implies it")
	}

	return err
}

// doubt says that a receipt can't be counted, which the manifest may name.
func (w *walk) doubt(ref *dsr.ReceiptRef) {
	w.v.tally.doubtful = true
	if ref != nil {
		w.refs.sums.doubtful = true
	}
}

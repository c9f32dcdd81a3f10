package verify

import (
	"strings"

	"azureml-dsr/internal/dsr"
)

// implied checks a receipt that a page implies.
func (w *walk) implied(l listed[dsr.Receipt]) error {
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

	v.tally.incomplete = true

	return w.check(l, nil)
}

// refsBefore takes and checks the manifest's references before a receipt, or all that are
// left for "". Their receipts are implied by no page, or don't exist.
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

// unimplied checks a receipt that the manifest names and no page implies. In a canceled
// attempt that is no fault, because a page may have been recorded later.
func (w *walk) unimplied(ref dsr.ReceiptRef) error {
	v := w.v
	name := v.attempt.Prefix() + ref.Name
	task, ok := receiptAt(v.attempt, name)
	if !ok {
		v.fault(FaultInconsistent, w.refs.name, "it names a receipt by a name that none has")
		w.notCounted(&ref)
		return nil
	}

	record, fault, err := fetch[dsr.Receipt](w.ctx, v, name)
	if err != nil {
		return err
	}

	err = w.check(listed[dsr.Receipt]{name: name, record: record, fault: fault}, &ref)

	if fault == nil && v.plan != nil && !v.canceled() && !w.isIncomplete(task) {
		v.fault(FaultInconsistent, name, "the manifest names it and no page implies it")
	}

	return err
}

// notCounted notes that a receipt can't be counted. ref is the manifest's reference to it,
// nil if there is none.
func (w *walk) notCounted(ref *dsr.ReceiptRef) {
	w.v.tally.incomplete = true
	if ref != nil {
		w.refs.sums.incomplete = true
	}
}

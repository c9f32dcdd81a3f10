package ledger

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/dsr"
)

// walk follows a survey of the stored pages and receipts, and beside it the
// manifest's own list of receipts, which has the same order.
type walk struct {
	v     *verifier
	ctx   context.Context // of the receipts that are checked at once
	group *errgroup.Group
	refs  peeked[dsr.ReceiptRef]
	last  listed[dsr.Receipt] // what the survey was told last
	page  storedPage
	torn  map[string]bool // nodes of whose pages or receipts one can't be relied on
	err   error           // ends the walk
}

var _ dsr.Visitor = (*walk)(nil)

// checkReceipts checks that the manifest names exactly the receipts that the
// pages of the newest generations imply, and each receipt with what it names.
// Without a plan only what the manifest names can be checked.
func (v *verifier) checkReceipts(ctx context.Context) error {
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(verifyReads)
	next, stop := iter.Pull2(v.receiptRefs(gctx))
	defer stop()
	w := &walk{v: v, ctx: gctx, group: group, refs: peeked[dsr.ReceiptRef]{next: next}, torn: map[string]bool{}}
	var err error
	if v.plan != nil {
		err = dsr.Survey(*v.plan, w.pages(), w.receipts(), w)
	}
	if err == nil {
		err = w.err
	}
	if err == nil {
		err = w.refsBefore("")
	}
	if failed := group.Wait(); failed != nil {
		return failed
	}
	return err
}

// pages yields the stored page records to the survey.
func (w *walk) pages() iter.Seq2[dsr.PageMark, error] {
	skip := func(name string) bool { _, ok := pageAt(w.v.attempt, name); return !ok }
	return func(yield func(dsr.PageMark, error) bool) {
		for l, err := range list[dsr.Page](w.ctx, w.v, w.v.attempt.Pages(), skip) {
			if err == nil {
				err = w.err
			}
			if err != nil {
				yield(dsr.PageMark{}, err)
				return
			}
			m, ok := w.v.pageMark(l)
			if !ok {
				at, _ := pageAt(w.v.attempt, l.name)
				w.tear(at)
			} else if !yield(m, nil) {
				return
			}
		}
	}
}

// tear notes that which tasks a node and its sub-nodes have can't be told.
func (w *walk) tear(at dsr.Task) {
	node, _, _ := strings.Cut(at.Node, "~")
	w.torn[node] = true
}

func (w *walk) isTorn(t dsr.Task) bool {
	node, _, _ := strings.Cut(t.Node, "~")
	return w.torn[node]
}

// receipts yields the stored receipts to the survey.
func (w *walk) receipts() iter.Seq2[dsr.ReceiptMark, error] {
	skip := func(name string) bool { _, ok := receiptAt(w.v.attempt, name); return !ok }
	return func(yield func(dsr.ReceiptMark, error) bool) {
		for l, err := range list[dsr.Receipt](w.ctx, w.v, w.v.attempt.Receipts(), skip) {
			if err == nil {
				err = w.err
			}
			if err != nil {
				yield(dsr.ReceiptMark{}, err)
				return
			}
			w.last = l
			if !yield(w.v.receiptMark(l), nil) {
				return
			}
		}
	}
}

// Missing is told of a task without a receipt. In an attempt that was canceled
// it counts as canceled.
func (w *walk) Missing(t dsr.Task, _ time.Time) {
	if !w.v.canceled() {
		w.v.named.add(t.ReceiptBlob())
		w.v.named.add(t.PageBlob())
		w.v.missing(t.ReceiptBlob())
		w.v.doubt()
	}
}

// Done is told of a receipt that the pages imply.
func (w *walk) Done(m dsr.ReceiptMark) {
	if w.err == nil {
		w.err = w.done(m)
	}
}

func (w *walk) done(m dsr.ReceiptMark) error {
	if w.last.name != m.Blob {
		return fmt.Errorf("the survey named %s out of turn", m.Blob)
	}
	name := strings.TrimPrefix(m.Blob, w.v.attempt.Prefix())
	if err := w.refsBefore(name); err != nil {
		return err
	}
	ref, ok, err := w.refs.peek()
	if err != nil {
		return err
	}
	if ok && ref.Name == name {
		w.refs.drop()
		return w.check(w.last, &ref)
	}
	if w.v.canceled() {
		return nil // it came after the closing
	}
	if !w.v.partsUnknown {
		w.v.fault(FaultInconsistent, m.Blob, "a page implies it and the manifest does not name it")
		w.v.doubt()
	}
	return w.check(w.last, nil)
}

// refsBefore takes what the manifest names before a receipt, all that is left
// for "": receipts that no page implies or that are not there.
func (w *walk) refsBefore(name string) error {
	for {
		ref, ok, err := w.refs.peek()
		if err != nil || !ok || (name != "" && ref.Name >= name) {
			return err
		}
		w.refs.drop()
		if err := w.unimplied(ref); err != nil {
			return err
		}
	}
}

func (w *walk) unimplied(ref dsr.ReceiptRef) error {
	name := w.v.attempt.Prefix() + ref.Name
	task, ok := receiptAt(w.v.attempt, name)
	if !ok {
		w.v.fault(FaultInconsistent, w.v.attempt.Manifest(), "a part of it names a receipt by a name that none has")
		return nil
	}
	record, fault, err := fetch[dsr.Receipt](w.ctx, w.v, name)
	if err != nil {
		return err
	}
	err = w.check(listed[dsr.Receipt]{name: name, record: record, fault: fault}, &ref)
	if fault == nil && w.v.plan != nil && !w.v.canceled() && !w.isTorn(task) {
		w.v.fault(FaultInconsistent, name, "the manifest names it and no page implies it")
	}
	return err
}

// peeked is an iterator with one element of look-ahead.
type peeked[T any] struct {
	next func() (T, error, bool)
	head T
	has  bool
}

// peek gives the next element without taking it; false at the end.
func (p *peeked[T]) peek() (T, bool, error) {
	if !p.has {
		var err error
		if p.head, err, p.has = p.next(); err != nil {
			return p.head, false, err
		}
	}
	return p.head, p.has, nil
}

func (p *peeked[T]) drop() { p.has = false }

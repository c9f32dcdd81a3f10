package ledger

import (
	"context"
	"maps"
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
)

// storedPage is a page record that receipts name.
type storedPage struct {
	name   string
	record *stored[dsr.Page] // nil: the fault is noted
}

// receiptCheck is one receipt with what its claims are held against.
type receiptCheck struct {
	v       *verifier
	name    string
	task    dsr.Task // by the receipt's name
	receipt dsr.Receipt
	page    *stored[dsr.Page] // nil: there is none, or it can't be read
	node    *dsr.Node         // nil: there is no plan that could tell
	target  dsr.Target
}

// check holds a receipt against the manifest and starts the check of what it
// says. Receipts come here one by one, in order.
func (w *walk) check(l listed[dsr.Receipt], ref *dsr.ReceiptRef) error {
	v := w.v
	task, _ := receiptAt(v.attempt, l.name)
	v.named.add(l.name)
	v.named.add(task.PageBlob())
	c := &receiptCheck{v: v, name: l.name, task: task}
	c.locate()
	fault := l.fault
	if ref != nil && l.record != nil && l.record.sum != ref.SHA256 {
		fault = &Fault{FaultChanged, l.name, "its SHA-256 is not the one in the manifest"}
	}
	if fault != nil {
		v.note(*fault)
		v.doubt()
		w.tear(task)
		w.start(func(ctx context.Context) error { return c.repeated(ctx, ref) })
		return nil
	}
	v.count(1, 0)
	c.receipt = l.record.value
	if ref != nil && (ref.Outcome != c.receipt.Outcome || !slices.Equal(ref.Parts, c.receipt.Parts)) {
		v.fault(FaultInconsistent, l.name, "the manifest repeats its outcome or parts otherwise")
	}
	v.tally.Add(c.receipt)
	if err := w.pageOf(c); err != nil {
		return err
	}
	w.start(c.run)
	return nil
}

// start runs a check beside others, as many as there is room for.
func (w *walk) start(f func(context.Context) error) {
	w.group.Go(dsr.Guard(func() error {
		defer w.v.progress()
		return f(w.ctx)
	}))
}

// repeated checks the parts of a receipt that can't be relied on: the manifest
// repeats them.
func (c *receiptCheck) repeated(ctx context.Context, ref *dsr.ReceiptRef) error {
	if ref == nil {
		return nil
	}
	_, err := c.parts(ctx, ref.Parts, nil)
	return err
}

// locate finds the task's node in the plan.
func (c *receiptCheck) locate() {
	if c.v.plan == nil {
		return
	}
	number, _, _ := dsr.SplitNode(c.task.Node) // a receipt's name has a node in it
	n, ok := c.v.plan.Node(number)
	if !ok || (n.Type != c.task.Type && !slices.Contains(n.Followers, c.task.Type)) {
		return
	}
	c.node = &n
	c.target, _ = n.Place() // the plan was checked
}

// pageOf reads the page record that a receipt names. Receipts of one page come
// one after another, so it is read once.
func (w *walk) pageOf(c *receiptCheck) error {
	ref, name := c.receipt.PageRecord, c.task.PageBlob()
	if ref == nil {
		if c.receipt.Outcome != dsr.Canceled {
			w.v.fault(FaultInconsistent, c.name, "it names no page record")
		}
		return nil
	}
	if w.v.attempt.Prefix()+ref.Name != name {
		w.v.fault(FaultInconsistent, c.name, "it names the record of another page")
		return nil
	}
	if w.page.name != name {
		record, err := load[dsr.Page](w.ctx, w.v, name)
		if err != nil {
			return err
		}
		w.page = storedPage{name: name, record: record}
	}
	if w.page.record != nil && w.page.record.sum == ref.SHA256 {
		c.page = w.page.record
		return nil
	}
	if w.page.record != nil {
		w.v.fault(FaultChanged, name, "its SHA-256 is not the one in its receipts")
	}
	w.tear(c.task)
	w.v.lose(c.artifacts()) // whose items those are can't be told
	return nil
}

// run checks what the receipt says of its task, page and parts.
func (c *receiptCheck) run(ctx context.Context) error {
	r := c.receipt
	claimed := dsr.Task{
		RequestID: r.RequestID, Attempt: r.Attempt, Node: r.Node,
		Generation: r.Generation, Page: r.Page, Chunk: r.Chunk, Type: r.Type,
	}
	if claimed != c.task || r.SchemaVersion != dsr.SchemaVersion {
		c.v.fault(FaultInconsistent, c.name, "it is the receipt of another task or version")
	} else if r.TaskID != claimed.ID() {
		c.v.fault(FaultInconsistent, c.name, "its taskId does not follow from its task")
	}
	if c.node != nil {
		c.partNames()
	}
	derived := dsr.NewReceipt(c.task, dsr.Succeeded, time.Time{})
	whole, err := c.parts(ctx, r.Parts, &derived)
	if err != nil || !whole || c.node == nil || (c.page == nil && r.Outcome != dsr.Canceled) {
		return err
	}
	c.compare(derived)
	return nil
}

// compare holds the receipt's figures against those of its parts; a task
// without parts has failed as a whole or was canceled.
func (c *receiptCheck) compare(derived dsr.Receipt) {
	r := c.receipt
	switch {
	case len(r.Parts) > 0:
		for same, of := range c.v.opts.Same {
			if counts, ok := derived.Totals[of]; ok {
				derived.Totals[same] = counts
			}
		}
		if derived.AllFailed() {
			derived.Outcome = dsr.Failed
		}
	case r.Outcome == dsr.Canceled:
		derived.Outcome = dsr.Canceled
	case len(r.Failures) == 1:
		derived.Fail(r.Failures[0])
	}
	if r.Outcome != derived.Outcome || (r.Outcome == dsr.Succeeded && len(r.Parts) == 0) {
		c.v.fault(FaultInconsistent, c.name, "its outcome does not follow from its parts")
	}
	if !maps.Equal(r.Totals, derived.Totals) {
		c.v.fault(FaultInconsistent, c.name, "its totals are not those of its parts")
	}
	c.compareDeletions(derived)
	if !slices.Equal(r.SubNodes, derived.SubNodes) || !slices.Equal(r.Failures, derived.Failures) {
		c.v.fault(FaultInconsistent, c.name, "its subNodes or failures are not those of its parts")
	}
}

package verify

import (
	"context"
	"slices"

	"azureml-dsr/internal/dsr"
)

// storedPage is a page record that receipts name.
type storedPage struct {
	name    string
	record  *stored[dsr.Page] // nil: it can't be read, and the fault is noted
	fits    bool              // it can be the record of its place; if not, the fault is noted
	counted bool              // its blob is counted as read
	changed bool              // a receipt names another hash
	before  *nameSet          // ids that the page may repeat; nil: they are not known
}

// receiptCheck is one receipt, with what its claims are checked against.
type receiptCheck struct {
	v       *verifier
	name    string
	task    dsr.Task // by the receipt's name
	receipt dsr.Receipt
	page    *stored[dsr.Page] // nil: there is none, or it can't be read
	before  *nameSet          // ids that the page may repeat; nil: they are not known
	node    *dsr.Node         // nil: the plan has no such node, or can't be read
	target  dsr.Target
}

// check checks a receipt against the manifest, and starts the check of its claims. It is
// called for one receipt after another, in order.
func (w *walk) check(l listed[dsr.Receipt], ref *dsr.ReceiptRef) error {
	v := w.v
	task, _ := receiptAt(v.attempt, l.name)
	v.named.add(l.name)
	v.named.add(taskName(task.ID()))
	c := &receiptCheck{v: v, name: l.name, task: task}
	c.locate()

	fault := l.fault
	if ref != nil && l.record != nil && l.record.sum != ref.SHA256 {
		fault = &Fault{FaultChanged, l.name, "its SHA-256 is not the one in the manifest"}
	}
	if fault != nil {
		v.named.add(task.PageBlob()) // it may be the receipt that names the page
		v.note(*fault)
		w.notCounted(ref)
		w.markIncomplete(task)
		w.start(func(ctx context.Context) error { return c.repeated(ctx, ref) })
		return nil
	}

	v.count(1, 0, 0)
	c.receipt = l.record.value
	w.countIn(c, ref)
	if err := w.pageOf(c); err != nil {
		return err
	}

	w.start(c.run)

	return nil
}

// countIn adds a receipt to the sums, and checks what the manifest repeats of it.
func (w *walk) countIn(c *receiptCheck, ref *dsr.ReceiptRef) {
	v, room := w.v, w.v.tally.room()
	v.tally.add(c.receipt, room)
	if ref == nil {
		return
	}

	w.refs.sums.add(c.receipt, room)

	if ref.Outcome != c.receipt.Outcome || !slices.Equal(ref.Parts, c.receipt.Parts) {
		v.fault(FaultInconsistent, c.name, "the manifest repeats its outcome or parts otherwise")
	}
	if c.receipt.Outcome == dsr.Canceled && !v.canceled() {
		v.fault(FaultInconsistent, c.name, "its task was canceled, and the manifest is not that of a canceled attempt")
	}
}

// start runs a check concurrently with others. It waits while as many run as may.
func (w *walk) start(f func(context.Context) error) {
	w.group.Go(dsr.Guard(func() error {
		defer w.v.progress()
		return f(w.ctx)
	}))
}

// repeated checks the parts of a receipt that can't be relied on, as the manifest repeats
// them.
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

	number, _, _ := dsr.SplitNode(c.task.Node) // can't fail: the name of a receipt has a node in it
	n, ok := c.v.plan.Node(number)
	if !ok || (n.Type != c.task.Type && !slices.Contains(n.Followers, c.task.Type)) {
		return
	}

	c.node = &n
	c.target, _ = n.Place() // can't fail: the plan was checked
}

// pageOf finds the page record that a receipt names. Usually it is the page whose tasks are
// being walked. For receipts that no page implies it is read, once for all of one page.
func (w *walk) pageOf(c *receiptCheck) error {
	ref, name := c.receipt.PageRecord, c.task.PageBlob()
	if ref == nil {
		if c.receipt.Outcome != dsr.Canceled {
			w.v.named.add(name) // the fault is the receipt's
			w.v.fault(FaultInconsistent, c.name, "it names no page record")
		}
		return nil
	}

	w.v.named.add(name)

	if w.v.attempt.Prefix()+ref.Name != name {
		w.v.fault(FaultInconsistent, c.name, "it names the record of another page")
		return nil
	}

	page := &w.current
	if page.name != name {
		if err := w.readOther(name, c.task); err != nil {
			return err
		}
		page = &w.other
	}

	if page.record != nil && !page.counted {
		w.v.count(1, 0, 0)
		page.counted = true
	}

	same := page.record != nil && page.record.sum == ref.SHA256
	if same && page.fits {
		c.page, c.before = page.record, page.before
		return nil
	}

	if page.record != nil && !same {
		page.changed = true
		w.v.fault(FaultChanged, name, "its SHA-256 is not the one in its receipts")
	}

	w.markIncomplete(c.task)
	w.v.markDamaged(c.artifacts()) // the items of these artifacts are not known

	return nil
}

// readOther reads the page record of receipts that no page implies.
func (w *walk) readOther(name string, at dsr.Task) error {
	if w.other.name == name {
		return nil
	}
	s, fault, err := fetch[dsr.Page](w.ctx, w.v, name)
	if err != nil {
		return err
	}

	if fault != nil {
		w.other = storedPage{name: name}
		w.v.note(*fault)
		return nil
	}

	w.other = storedPage{name: name, record: s, fits: pageFault(name, at, s.value) == nil}

	return nil
}

// notOf returns why a receipt is not that of a task, "" where it is.
func notOf(t dsr.Task, r dsr.Receipt) string {
	claimed := dsr.Task{
		RequestID: r.RequestID,
		Attempt:   r.Attempt,
		Node:      r.Node,
		Pass:      r.Pass,
		Page:      r.Page,
		Chunk:     r.Chunk,
		Type:      r.Type,
	}

	switch {
	case claimed != t || r.SchemaVersion != dsr.SchemaVersion:
		return "it is the receipt of another task or version"
	case r.TaskID != claimed.ID():
		return "its taskId does not follow from its task"
	default:
		return ""
	}
}

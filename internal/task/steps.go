package task

import (
	"context"
	"errors"
	"fmt"
	"time"

	"azureml-dsr/internal/dsr"
)

// Delivery is a task message as it was delivered.
type Delivery struct {
	Body         []byte
	Count        int       // of its deliveries, from 1
	EnqueuedTime time.Time // by the queue's clock
	// Again says that the message may have been sent before.
	Again bool
}

// youngest is how long a message is young after it was put into its queue: while it
// is so, the queue drops a copy of it (it remembers for 10 minutes), and none can
// have been taken after it.
const youngest = 5 * time.Minute

// first reports whether a task is surely worked for the first time, so that nothing
// of it need be looked up. A message from the future has no age that could be told:
// our clock is slow.
func (r *Runner) first(t dsr.Task, d Delivery) bool {
	age := r.opts.Now().Sub(d.EnqueuedTime)
	return d.Count <= 1 && t.Hop == 0 && !d.Again && age >= 0 && age < youngest
}

// Run carries a task message through steps 1 to 6. Nil means that everything
// the message asked for is durable and it may be completed; an error of class
// Transient or NoTask that it is to be dead-lettered; any other error is
// unclear and promises nothing, as is one of Service Bus (dsr.OfQueue). Whatever
// failed is logged by then, also where the answer is nil.
func (r *Runner) Run(ctx context.Context, d Delivery) error {
	deliveries := d.Count
	t, err := r.decode(d.Body)
	if err != nil {
		return r.report(ctx, t, deliveries, err)
	}
	defer r.running.enter(t.Of())()

	job, page, done, err := r.lookUp(ctx, t, d)
	if err != nil || done {
		return r.report(ctx, t, deliveries, err)
	}

	job.Deliveries, job.Enqueued = deliveries, d.EnqueuedTime
	workCtx, cancel := context.WithTimeout(ctx, r.opts.WorkTime)
	defer cancel()

	err = dsr.Guard(func() error { return r.perform(workCtx, job, page) })()
	if err == nil {
		return nil
	}
	if dsr.OfQueue(err) {
		// No hop: its message would take the way that has just failed, and a pause for
		// the upstream or a redrive's delay would be spent on what is neither's. All
		// before the send is stored, so the next delivery only sends.
		return r.report(ctx, t, deliveries, err)
	}

	if errors.Is(err, context.DeadlineExceeded) && workCtx.Err() != nil && ctx.Err() == nil {
		err = unfinished(err)
	}

	_ = r.report(ctx, t, deliveries, err)
	next := r.failed(ctx, job, err)
	if !errors.Is(next, err) { // recording what comes next failed as well
		_ = r.report(ctx, t, deliveries, next)
	}

	return next
}

// decode reads a task of this runner's queue. In another queue it would reach a
// worker that does something else by its type.
func (r *Runner) decode(body []byte) (dsr.Task, error) {
	t, err := dsr.DecodeTask(body)
	if err == nil && dsr.QueueOf(t) != r.opts.Queue {
		err = noTask("tasks of type %s are not for the queue %s", t.Type, r.opts.Queue)
	}
	return t, err
}

// report logs the one line of a failure, if there is one, and gives it back. The
// logger adds the invocation's id.
func (r *Runner) report(ctx context.Context, t dsr.Task, deliveries int, err error) error {
	if err != nil {
		r.opts.Logger.WarnContext(ctx, "a task failed", dsr.FailureAttrs(t, deliveries, err)...)
	}
	return err
}

// unfinished makes the end of the work time an error of its own class, keeping
// the count of blocks that the worker may have given.
func unfinished(err error) error {
	e := dsr.Errorf(dsr.Unfinished, dsr.ReasonTransient, "the work was longer than one invocation")
	if inner, ok := errors.AsType[*dsr.Error](err); ok {
		e.Progress = inner.Progress
	}
	e.Err = err
	return e
}

// lookUp is step 1. The look-ups for receipt and next hop are left out for a task that
// is surely worked for the first time: they save work and keep back-off. A copy that
// was sent again and finds one of the two ends with that on its first delivery: another
// message answers for the task. On a later delivery that may be its own doing.
func (r *Runner) lookUp(ctx context.Context, t dsr.Task, d Delivery) (job Job, page *pageRecord, done bool, err error) {
	again := !r.first(t, d)
	copied := d.Again && d.Count <= 1 && t.Hop == 0

	if again {
		receipt, found, err := r.ledger.Receipt(ctx, t)
		if err != nil {
			return Job{}, nil, false, err
		}
		if found && copied {
			return Job{}, nil, true, nil
		}
		if found {
			return Job{}, nil, true, r.goOn(ctx, t, receipt, false)
		}
	}

	job, page, err = r.resolve(ctx, t, again)
	if err != nil {
		return Job{}, nil, false, err
	}

	job.Again = again

	if t.Hop > 0 && job.Node.Deletes() {
		hop, _, err := r.ledger.Hop(ctx, t, t.Hop)
		if err != nil {
			return Job{}, nil, false, err
		}
		job.Token = hop.Token
	}

	canceled, err := r.canceled(ctx, job)
	if err != nil {
		return Job{}, nil, false, err
	}
	if canceled {
		return Job{}, nil, true, r.cancel(ctx, t)
	}

	if again {
		hop, found, err := r.ledger.Hop(ctx, t, t.Hop+1)
		if err != nil {
			return Job{}, nil, false, err
		}
		if found && copied {
			return Job{}, nil, true, nil
		}
		if found {
			return Job{}, nil, true, r.sendHop(ctx, t, hop)
		}
	}

	return job, page, false, nil
}

// canceled reports whether the job's task ends as canceled. One that deletes does so
// only when it may not delete any more: if it was allowed to, it may have, and
// goes on to prove it.
func (r *Runner) canceled(ctx context.Context, job Job) (bool, error) {
	if !job.Node.Deletes() {
		return r.cancels.canceled(ctx, job.Task.Of())
	}
	canceled, err := r.ledger.Canceled(ctx, job.Task.Of())
	if err != nil || !canceled {
		return canceled, err
	}
	d, err := r.ledger.RecordDecision(ctx, job.Task, dsr.Decision{Verdict: dsr.No, Reason: dsr.ReasonCanceled, DecidedAt: r.opts.Now().UTC()})
	return d.Verdict == dsr.No, err
}

func (r *Runner) cancel(ctx context.Context, t dsr.Task) error {
	_, err := r.ledger.RecordReceipt(ctx, t, dsr.NewReceipt(t, dsr.Canceled, r.opts.Now()))
	return err
}

// perform is steps 2 to 6.
func (r *Runner) perform(ctx context.Context, job Job, page *pageRecord) error {
	sentOn := false
	if lists(job) {
		var err error
		if page, err = r.page(ctx, job, page); err != nil {
			return err
		}
		tasks := page.Tasks(job.Task, job.followers())
		if err := r.sendTasks(ctx, tasks, job.Again); err != nil {
			return err
		}
		sentOn = len(tasks) > 0
	}

	receipt, err := r.work(ctx, job, page)
	if err != nil {
		return err
	}

	return r.close(ctx, job.Task, receipt, sentOn)
}

// work is step 4, and the making of the receipt from what it stored.
func (r *Runner) work(ctx context.Context, job Job, page *pageRecord) (dsr.Receipt, error) {
	if page.State == dsr.PageFailed {
		return r.failedReceipt(job.Task, page, *page.Failure), nil
	}
	if err := r.worker.Work(ctx, job, page.Chunk(job.Task.Chunk)); err != nil {
		return dsr.Receipt{}, err
	}
	return r.receiptFromParts(ctx, job, page)
}

// receiptFromParts reads back what is stored: of a task done twice, the first
// part counts, whoever wrote it.
func (r *Runner) receiptFromParts(ctx context.Context, job Job, page *pageRecord) (dsr.Receipt, error) {
	t := job.Task
	receipt := dsr.NewReceipt(t, dsr.Succeeded, r.opts.Now())
	receipt.PageRecord = &page.ref
	names := []string{t.PartBlob(job.Target)}

	if lists(job) && page.Answer != nil {
		names = append([]string{t.AnswerBlob(job.Target)}, names...)
		receipt.Repeat(r.worker.ListEndpoint(job), page.Repeated)
	}

	for _, name := range names {
		found, err := r.ledger.Tally(ctx, name, &receipt, job.Node.Target)
		if err == nil && !found {
			err = fmt.Errorf("part %s was stored and is not there", name)
		}
		if err != nil {
			return dsr.Receipt{}, err
		}
	}

	for same, of := range r.opts.Same {
		if c, ok := receipt.Totals[of]; ok {
			receipt.Totals[same] = c
		}
	}

	if receipt.AllFailed() {
		receipt.Outcome = dsr.Failed
	}

	return receipt, nil
}

// close is steps 5 and 6.
func (r *Runner) close(ctx context.Context, t dsr.Task, receipt dsr.Receipt, sentOn bool) error {
	stored, err := r.ledger.RecordReceipt(ctx, t, receipt)
	if err != nil {
		return err
	}
	return r.goOn(ctx, t, stored, sentOn)
}

// goOn is step 6, from the stored receipt. The first task of a sub-node is always one
// that may have been sent before: another receipt may name it.
func (r *Runner) goOn(ctx context.Context, t dsr.Task, receipt dsr.Receipt, sentOn bool) error {
	subNodes := receipt.FirstTasks(t)
	if err := r.sendTasks(ctx, subNodes, true); err != nil {
		return err
	}
	return r.wake(ctx, t.Of(), sentOn || len(subNodes) > 0)
}

// wake asks for a look at the attempt: soon where the task may have been the last one,
// for it sent no other on and none is at work here.
func (r *Runner) wake(ctx context.Context, a dsr.Attempt, sentOn bool) error {
	if !sentOn && r.running.alone(a) {
		return r.wakeups.WakeSoon(ctx, a)
	}
	return r.wakeups.Wake(ctx, a)
}

// sendTasks sends tasks. again says that they may have been sent before, and that
// whoever takes one must look first.
func (r *Runner) sendTasks(ctx context.Context, tasks []dsr.Task, again bool) error {
	messages := make([]dsr.Message, 0, len(tasks))
	for _, t := range tasks {
		m, err := t.Message(time.Time{})
		if again {
			m, err = t.MessageAgain()
		}
		if err != nil {
			return err
		}
		messages = append(messages, m)
	}
	return r.queue.Send(ctx, r.opts.Queue, messages...)
}

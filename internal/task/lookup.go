package task

import (
	"context"
	"time"

	"azureml-dsr/internal/dsr"
)

// past is what a delivery shows of what happened to its task before.
type past uint8

const (
	// untouched: the task is surely worked on for the first time, so it has neither
	// receipt nor resend.
	untouched past = iota
	// copied: the message is a copy, on its first delivery. Another message made what
	// is stored of the task and answers for it.
	copied
	// worked: the task may have been worked on before, by this message too.
	worked
)

// youngFor is how long after it was enqueued a message counts as young. Its queue
// remembers it for longer (10 minutes) and drops any copy, so nobody has taken one.
const youngFor = 5 * time.Minute

// pastOf returns what a delivery shows of its task's past. The age of a message from
// the future is unknown, for our clock is slow.
func (r *Runner) pastOf(t dsr.Task, d Delivery) past {
	firstDelivery := d.Count <= 1 && t.Hop == 0
	age := r.opts.Now().Sub(d.EnqueuedTime)
	young := age >= 0 && age < youngFor

	switch {
	case firstDelivery && d.Again:
		return copied
	case firstDelivery && young:
		return untouched
	default:
		return worked
	}
}

// lookUp finds out what is stored of a task, and what names it. done reports that
// nothing is left of the later steps: they were taken before, or the attempt is
// canceled.
func (r *Runner) lookUp(ctx context.Context, t dsr.Task, d Delivery) (job Job, page *pageRecord, done bool, err error) {
	p := r.pastOf(t, d)
	if done, err := r.goOnFromReceipt(ctx, t, p); done || err != nil {
		return Job{}, nil, done, err
	}

	job, page, err = r.resolve(ctx, t, p)
	if err != nil {
		return Job{}, nil, false, err
	}

	job.Again = p != untouched
	this, err := r.recordedSend(ctx, t)
	if err != nil {
		return Job{}, nil, false, err
	}
	if job.Node.Deletes() {
		job.Token = this.Token // what the send before left to go on with
	}

	if done, err := r.endIfCanceled(ctx, job); done || err != nil {
		return Job{}, nil, done, err
	}
	if done, err := r.goOnFromResend(ctx, t, p); done || err != nil {
		return Job{}, nil, done, err
	}

	return job, page, false, nil
}

// goOnFromReceipt hands over from the task's receipt. It reports whether there is one.
func (r *Runner) goOnFromReceipt(ctx context.Context, t dsr.Task, p past) (found bool, err error) {
	if p == untouched {
		return false, nil
	}
	receipt, found, err := r.ledger.Receipt(ctx, t)
	if err != nil || !found || p == copied {
		return found, err
	}
	return true, r.handOver(ctx, t, receipt)
}

// goOnFromResend sends the task's recorded resend. It reports whether there is one.
func (r *Runner) goOnFromResend(ctx context.Context, t dsr.Task, p past) (found bool, err error) {
	if p == untouched {
		return false, nil
	}
	next, found, err := r.ledger.Hop(ctx, t, t.Hop+1)
	if err != nil || !found || p == copied {
		return found, err
	}
	return true, r.resend(ctx, t, next)
}

// recordedSend returns the record of the send that a task's message is; none stands for the
// first. A send that is not recorded was made up: its number could spend all tries at once.
func (r *Runner) recordedSend(ctx context.Context, t dsr.Task) (dsr.Hop, error) {
	if t.Hop == 0 {
		return dsr.Hop{}, nil
	}
	this, found, err := r.ledger.Hop(ctx, t, t.Hop)
	if err == nil && !found {
		err = noTask("no record names its hop %d", t.Hop)
	}
	return this, err
}

// endIfCanceled records the receipt of a canceled task. It reports whether the task is
// one.
func (r *Runner) endIfCanceled(ctx context.Context, job Job) (canceled bool, err error) {
	canceled, err = r.canceled(ctx, job)
	if err != nil || !canceled {
		return false, err
	}
	_, err = r.record(ctx, job.Task, dsr.NewReceipt(job.Task, dsr.Canceled, r.opts.Now()))
	return true, err
}

// canceled reports whether the job's task ends as canceled. A task that was allowed to
// delete does not: it may have deleted, and goes on to prove it.
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

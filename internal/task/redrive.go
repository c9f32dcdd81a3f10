package task

import (
	"context"
	"fmt"

	"azureml-dsr/internal/dsr"
)

// maxDescription bounds what a record repeats of a dead letter's description, in bytes.
const maxDescription = 300

// Redrive sends a dead-lettered task again after a pause, or gives it up. Nil means
// that the message may be completed. What is no task is parked for a person, and the
// call succeeds: a dead-letter queue has no delivery limit, so such a message would
// come back for ever.
func (r *Runner) Redrive(ctx context.Context, d dsr.DeadLetter) error {
	t, err := r.decode(d.Body)
	if err == nil {
		err = dsr.Guard(func() error { return r.redrive(ctx, t, d) })()
	}
	if dsr.ClassOf(err) == dsr.NoTask {
		return r.park(ctx, d, err)
	}
	return r.report(ctx, t, d.Deliveries, err)
}

func (r *Runner) redrive(ctx context.Context, t dsr.Task, d dsr.DeadLetter) error {
	if done, err := r.goOnFromReceipt(ctx, t, worked); done || err != nil {
		return err
	}

	job, _, err := r.resolve(ctx, t, worked)
	if err != nil {
		return err
	}
	if _, err := r.recordedSend(ctx, t); err != nil {
		return err
	}

	if done, err := r.endIfCanceled(ctx, job); done || err != nil {
		return err
	}
	if done, err := r.goOnFromResend(ctx, t, worked); done || err != nil {
		return err
	}

	job.Enqueued = d.EnqueuedTime

	return r.sendLater(ctx, job, d)
}

// sendLater records and sends the resend of a task that has none: it crashed, or its
// message expired. Once all delays are spent it returns the task up.
func (r *Runner) sendLater(ctx context.Context, job Job, d dsr.DeadLetter) error {
	t := job.Task
	class, cause := dsr.HopCrashed, dsr.Errorf(dsr.Transient, dsr.ReasonCrashed, "the message was dead-lettered by the queue, not by us")
	if d.Reason == dsr.ReasonTransient {
		class, cause = dsr.HopTransient, dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "%s", cut(d.Description))
	}

	_, spent, err := r.ledger.Hops(ctx, t)
	if err != nil {
		return err
	}

	n := spent[class]
	last := n >= len(r.opts.RedriveDelays) || t.Hop >= dsr.MaxHop
	if last {
		cause.Message = fmt.Sprintf("given up after %d tries: %s", n+1, cause.Message)
	}

	_ = r.report(ctx, t, d.Deliveries, cause)
	if last {
		return r.giveUp(ctx, job, cause)
	}

	next := r.newResend(job, class, r.opts.Jitter(r.opts.RedriveDelays[n]), cause)
	stored, gaveUp, err := r.recordResend(ctx, job, next, cause)
	if err != nil || gaveUp {
		return err
	}

	return r.resend(ctx, t, stored)
}

func cut(s string) string {
	if len(s) > maxDescription {
		return s[:maxDescription]
	}
	return s
}

// park records a message that is no task for a person to look at.
func (r *Runner) park(ctx context.Context, d dsr.DeadLetter, why error) error {
	r.opts.Logger.WarnContext(ctx, "parked a dead letter that is no task", d.ParkedAttrs(why)...)
	return r.ledger.RecordPoison(ctx, d)
}

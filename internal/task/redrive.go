package task

import (
	"context"
	"fmt"

	"azureml-dsr/internal/dsr"
)

// maxDescription bounds what of a dead-letter description goes into a record.
const maxDescription = 300

// Redrive brings a dead-lettered task back, later, or gives it up. Nil means
// that the message may be completed. What is no task is parked for a person: a
// dead-letter queue has no delivery limit, so its content never fails here.
func (r *Runner) Redrive(ctx context.Context, d dsr.DeadLetter) error {
	t, err := r.decode(d.Body)
	if err == nil {
		err = r.redrive(ctx, t, d)
	}
	if dsr.ClassOf(err) == dsr.NoTask {
		return r.park(ctx, d, err)
	}
	return r.report(ctx, t, d.Deliveries, err)
}

func (r *Runner) redrive(ctx context.Context, t dsr.Task, d dsr.DeadLetter) error {
	receipt, found, err := r.ledger.Receipt(ctx, t)
	if err != nil {
		return err
	}
	if found {
		return r.goOn(ctx, t, receipt, false)
	}
	job, _, err := r.resolve(ctx, t, true)
	if err != nil {
		return err
	}

	canceled, err := r.canceled(ctx, job)
	if err != nil {
		return err
	}
	if canceled {
		return r.cancel(ctx, t)
	}

	job.Enqueued = d.EnqueuedTime
	hop, found, err := r.ledger.Hop(ctx, t, t.Hop+1)
	if err != nil {
		return err
	}
	if found {
		return r.sendHop(ctx, t, hop)
	}

	return r.sendLater(ctx, job, d)
}

// sendLater records the next hop of a dead letter that has none (a crash, an
// expired message), or gives the task up when its delays are spent.
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
	hop, given, err := r.nextHop(ctx, job, class, r.opts.RedriveDelays[n], cause)
	if err != nil || given {
		return err
	}

	return r.sendHop(ctx, t, hop)
}

func cut(s string) string {
	if len(s) > maxDescription {
		return s[:maxDescription]
	}
	return s
}

func (r *Runner) park(ctx context.Context, d dsr.DeadLetter, why error) error {
	r.opts.Logger.WarnContext(ctx, "parked a dead letter that is no task", d.ParkedAttrs(why)...)
	return r.ledger.RecordPoison(ctx, d)
}

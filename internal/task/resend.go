package task

import (
	"context"
	"errors"
	"time"

	"azureml-dsr/internal/dsr"
)

// newResend makes the record of the task's next send, after a pause. A message that
// was enqueued in the future shows that our clock is slow: the pause is then counted
// from the message's time, or it would be over before it began.
func (r *Runner) newResend(job Job, class dsr.HopClass, pause time.Duration, cause error) dsr.Hop {
	t, now := job.Task, r.opts.Now()
	if job.Enqueued.After(now) {
		now = job.Enqueued
	}
	return dsr.Hop{
		SchemaVersion: dsr.SchemaVersion,
		TaskID:        t.ID(),
		Number:        t.Hop + 1,
		Class:         class,
		NotBefore:     now.Add(pause),
		LastError:     ownWords(cause),
		RecordedAt:    now,
	}
}

// recordResend records a resend and returns the stored one. No resend is due later
// than the request: the last try is made then, and a task that fails after it is given
// up.
func (r *Runner) recordResend(ctx context.Context, job Job, next dsr.Hop, cause error) (stored dsr.Hop, gaveUp bool, err error) {
	due, err := r.ledger.Deadline(ctx, job.Task.Of())
	if err != nil {
		return dsr.Hop{}, false, err
	}

	if !due.IsZero() && next.NotBefore.After(due) {
		if !next.RecordedAt.Before(due) {
			return dsr.Hop{}, true, r.giveUp(ctx, job, dsr.Errorf(dsr.Permanent, reasonOf(next.Class),
				"given up, for the request is due: %s", ownWords(cause)))
		}
		next.NotBefore = due
	}

	stored, err = r.ledger.RecordHop(ctx, job.Task, next)
	return stored, false, err
}

// resend sends the task as the resend was recorded.
func (r *Runner) resend(ctx context.Context, t dsr.Task, recorded dsr.Hop) error {
	t.Hop = recorded.Number
	m, err := t.Message(recorded.NotBefore)
	if err != nil {
		return err
	}
	return r.queue.Send(ctx, r.opts.Queue, m)
}

// reasonOf returns the reason for which a task is given up instead of being sent again
// for a class.
func reasonOf(class dsr.HopClass) string {
	switch class {
	case dsr.HopThrottled:
		return dsr.ReasonThrottled
	case dsr.HopCrashed:
		return dsr.ReasonCrashed
	default:
		return dsr.ReasonTransient
	}
}

// ownWords returns the text of an error of ours. A library's error may quote personal
// data, so its text is left out.
func ownWords(err error) string {
	if e, ok := errors.AsType[*dsr.Error](err); ok {
		return e.Error()
	}
	return "unclear"
}

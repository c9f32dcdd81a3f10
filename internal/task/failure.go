package task

import (
	"context"
	"errors"
	"time"

	"azureml-dsr/internal/dsr"
)

// A task that is throttled and not told for how long waits half a minute, and twice
// as long each time.
const (
	firstPause   = 30 * time.Second
	longestPause = 30 * time.Minute
)

// afterFailure decides what becomes of a task that an error stopped. Nil means that
// the message may be completed: the task's resend is on its way, or its receipt says
// that it failed.
func (r *Runner) afterFailure(ctx context.Context, job Job, err error) error {
	class := dsr.ClassOf(err)
	resends := class == dsr.Throttled || class == dsr.Unfinished || class == dsr.Transient
	if resends && job.Task.Hop >= dsr.MaxHop {
		return r.giveUp(ctx, job, err) // a further send has no name
	}

	switch class {
	case dsr.Throttled:
		return r.snooze(ctx, job, err)
	case dsr.Unfinished:
		return r.resume(ctx, job, err)
	case dsr.Transient:
		return r.retry(ctx, job, err)
	case dsr.Permanent:
		return r.giveUp(ctx, job, err)
	default:
		return err
	}
}

// snooze schedules the task for when the upstream wants to be asked again. It spends
// neither a delivery nor a redrive delay.
func (r *Runner) snooze(ctx context.Context, job Job, cause error) error {
	pause, err := r.pause(ctx, job.Task, cause)
	if err != nil {
		return err
	}
	next, gaveUp, err := r.recordResend(ctx, job, r.newResend(job, dsr.HopThrottled, r.opts.Jitter(pause), cause), cause)
	if err != nil || gaveUp {
		return err
	}
	return r.resend(ctx, job.Task, next)
}

// pause returns how long a throttled task waits: as long as the upstream asked for, or
// longer each time.
func (r *Runner) pause(ctx context.Context, t dsr.Task, cause error) (time.Duration, error) {
	if e, ok := errors.AsType[*dsr.Error](cause); ok && e.RetryAfter > 0 {
		return e.RetryAfter, nil
	}

	_, spent, err := r.ledger.Hops(ctx, t)
	if err != nil {
		return 0, err
	}

	pause := firstPause
	for range spent[dsr.HopThrottled] {
		pause = min(2*pause, longestPause)
	}

	return pause, nil
}

// resume sends a task again that one invocation was too short for. The next invocation
// goes on where this one ended. Two in a row without progress count as a transient
// failure.
func (r *Runner) resume(ctx context.Context, job Job, cause error) error {
	progress := 0
	if e, ok := errors.AsType[*dsr.Error](cause); ok {
		progress = e.Progress
	}

	if progress == 0 {
		stuck, err := r.endedWithoutProgress(ctx, job.Task)
		if err != nil {
			return err
		}
		if stuck {
			return r.retry(ctx, job, &dsr.Error{
				Class:   dsr.Transient,
				Reason:  dsr.ReasonTransient,
				Message: "two invocations in a row ran out of time without progress",
				Err:     cause,
			})
		}
	}

	token, pause := tokenOf(cause)
	next := r.newResend(job, dsr.HopUnfinished, pause, cause)
	next.Progress, next.Token = progress, token
	stored, gaveUp, err := r.recordResend(ctx, job, next, cause)
	if err != nil || gaveUp {
		return err
	}

	return r.resend(ctx, job.Task, stored)
}

// endedWithoutProgress reports whether the send before this one ended unfinished and
// without progress.
func (r *Runner) endedWithoutProgress(ctx context.Context, t dsr.Task) (bool, error) {
	if t.Hop == 0 {
		return false, nil
	}
	this, found, err := r.ledger.Hop(ctx, t, t.Hop)
	return found && this.Class == dsr.HopUnfinished && this.Progress == 0, err
}

// tokenOf returns what the next send goes on with, and the pause that the upstream
// wants before it. An error without a token has neither.
func tokenOf(err error) (token string, pause time.Duration) {
	if e, ok := errors.AsType[*dsr.Error](err); ok && e.Token != "" {
		return e.Token, e.RetryAfter
	}
	return "", 0
}

// retry records a resend after the next of the redrive delays, and returns the cause:
// the caller dead-letters the message, and the redrive sends what is recorded. Once
// all delays are spent nothing is recorded, and the redrive gives the task up.
func (r *Runner) retry(ctx context.Context, job Job, cause error) error {
	_, spent, err := r.ledger.Hops(ctx, job.Task)
	if err != nil {
		return err
	}

	n := spent[dsr.HopTransient]
	if n >= len(r.opts.RedriveDelays) {
		return cause
	}

	next := r.newResend(job, dsr.HopTransient, r.opts.Jitter(r.opts.RedriveDelays[n]), cause)
	_, gaveUp, err := r.recordResend(ctx, job, next, cause)
	if err != nil || gaveUp {
		return err
	}

	return cause
}

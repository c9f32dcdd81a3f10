package task

import (
	"context"
	"errors"
	"time"

	"azureml-dsr/internal/dsr"
)

// A task that was throttled without being told for how long waits half a minute,
// and twice as long each time, so that it never runs hot.
const (
	firstPause   = 30 * time.Second
	longestPause = 30 * time.Minute
)

// failed decides what becomes of a task that an error stopped. Nil means that
// the message may be completed: the next hop is on its way, or the receipt says
// that the task failed.
func (r *Runner) failed(ctx context.Context, job Job, err error) error {
	class := dsr.ClassOf(err)
	if job.Task.Hop >= dsr.MaxHop && (class == dsr.Throttled || class == dsr.Unfinished || class == dsr.Transient) {
		return r.giveUp(ctx, job, err) // there is no name for another hop
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

// snooze schedules the next hop for when the upstream wants to be asked again.
// It spends no delivery and no delay.
func (r *Runner) snooze(ctx context.Context, job Job, cause error) error {
	pause, err := r.pause(ctx, job.Task, cause)
	if err != nil {
		return err
	}
	hop, given, err := r.nextHop(ctx, job, dsr.HopThrottled, pause, cause)
	if err != nil || given {
		return err
	}
	return r.sendHop(ctx, job.Task, hop)
}

// pause is how long a throttled task waits: as long as it was told, else longer
// each time.
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

// resume sends on, at once, a task that one invocation was too short for. Two in a
// row after which the next one has nothing to build on count as transient.
func (r *Runner) resume(ctx context.Context, job Job, cause error) error {
	t := job.Task
	progress := 0
	if e, ok := errors.AsType[*dsr.Error](cause); ok {
		progress = e.Progress
	}

	if progress == 0 && t.Hop > 0 {
		last, found, err := r.ledger.Hop(ctx, t, t.Hop)
		if err != nil {
			return err
		}
		if found && last.Class == dsr.HopUnfinished && last.Progress == 0 {
			return r.retry(ctx, job, &dsr.Error{
				Class:   dsr.Transient,
				Reason:  dsr.ReasonTransient,
				Message: "two invocations in a row ran out of time without progress",
				Err:     cause,
			})
		}
	}

	token, pause := tokenOf(cause)
	hop := r.newHop(job, dsr.HopUnfinished, pause, cause)
	hop.Progress, hop.Token = progress, token
	stored, given, err := r.recordHop(ctx, job, hop, cause)
	if err != nil || given {
		return err
	}

	return r.sendHop(ctx, t, stored)
}

// tokenOf returns what the next hop goes on with, and not before which pause: the
// upstream's. "" for nothing, at once.
func tokenOf(err error) (token string, pause time.Duration) {
	if e, ok := errors.AsType[*dsr.Error](err); ok && e.Token != "" {
		return e.Token, e.RetryAfter
	}
	return "", 0
}

// retry records the next hop with a growing delay. The message is dead-lettered
// by the caller and the redrive sends the recorded hop; when all delays are
// spent there is no record, and the redrive gives the task up.
func (r *Runner) retry(ctx context.Context, job Job, cause error) error {
	_, spent, err := r.ledger.Hops(ctx, job.Task)
	if err != nil {
		return err
	}
	n := spent[dsr.HopTransient]
	if n >= len(r.opts.RedriveDelays) {
		return cause
	}
	_, given, err := r.nextHop(ctx, job, dsr.HopTransient, r.opts.RedriveDelays[n], cause)
	if err != nil || given {
		return err
	}

	return cause
}

// nextHop records the hop by which a task is sent again after a pause.
func (r *Runner) nextHop(ctx context.Context, job Job, class dsr.HopClass, pause time.Duration, cause error) (hop dsr.Hop, given bool, err error) {
	return r.recordHop(ctx, job, r.newHop(job, class, r.opts.Jitter(pause), cause), cause)
}

// recordHop records a hop. The last try is made when the request is due; after that
// the task is given up, and its receipt says why.
func (r *Runner) recordHop(ctx context.Context, job Job, hop dsr.Hop, cause error) (stored dsr.Hop, given bool, err error) {
	due, err := r.ledger.Deadline(ctx, job.Task.Of())
	if err != nil {
		return dsr.Hop{}, false, err
	}

	if !due.IsZero() && hop.NotBefore.After(due) {
		if !hop.RecordedAt.Before(due) {
			return dsr.Hop{}, true, r.giveUp(ctx, job, dsr.Errorf(dsr.Permanent, reasonOf(hop.Class),
				"given up, for the request is due: %s", ownWords(cause)))
		}
		hop.NotBefore = due
	}

	stored, err = r.ledger.RecordHop(ctx, job.Task, hop)
	return stored, false, err
}

// reasonOf names what a task of a class of hops is given up for.
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

// newHop makes the record of the next hop. No message is put into its queue in the
// future: where our clock says so it is slow, and a pause counted by it would be
// over before it has begun.
func (r *Runner) newHop(job Job, class dsr.HopClass, pause time.Duration, cause error) dsr.Hop {
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

// ownWords returns the part of an error that is ours: what a library says may
// quote somebody's data.
func ownWords(err error) string {
	if e, ok := errors.AsType[*dsr.Error](err); ok {
		return e.Error()
	}
	return "unclear"
}

// sendHop sends a recorded hop as it was recorded.
func (r *Runner) sendHop(ctx context.Context, t dsr.Task, hop dsr.Hop) error {
	t.Hop = hop.Number
	m, err := t.Message(hop.NotBefore)
	if err != nil {
		return err
	}
	return r.queue.Send(ctx, r.opts.Queue, m)
}

// giveUp makes the failed receipt of a task that no retry can help. The page
// that a listing task did not get to record is recorded as failed before, so
// that the list ends there for everybody.
func (r *Runner) giveUp(ctx context.Context, job Job, cause error) error {
	t := job.Task
	f := *dsr.NewFailure(r.worker.WorkEndpoint(job), job.Node.Target, job.Item, cause)
	page, ref, found, err := r.ledger.Page(ctx, t)
	if err != nil {
		return err
	}

	if items := page.Chunk(t.Chunk); f.Item == "" && len(items) == 1 {
		f.Item = items[0] // whoever reads of the failure learns of what
	}

	record := &pageRecord{Page: page, ref: ref}

	if !found && lists(job) {
		f.Endpoint = r.worker.ListEndpoint(job)
		if record, err = r.recordPage(ctx, t, r.failedPage(t, f)); err != nil {
			return err
		}
	}

	return r.close(ctx, t, r.failedReceipt(t, record, f), false)
}

func (r *Runner) failedReceipt(t dsr.Task, page *pageRecord, f dsr.Failure) dsr.Receipt {
	receipt := dsr.NewReceipt(t, dsr.Failed, r.opts.Now())
	receipt.PageRecord = &page.ref
	receipt.Fail(f)
	return receipt
}

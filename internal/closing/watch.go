package closing

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/wakeup"
)

// adoptTime is how long one run adopts an earlier version's index, and adoptSpare how
// long what it has begun may take beyond that.
const (
	adoptTime  = 10 * time.Second
	adoptSpare = 20 * time.Second
)

// WatchLedger is what a watch reads and records.
type WatchLedger interface {
	// ListOpen lists the attempts that are not closed.
	ListOpen(ctx context.Context) iter.Seq2[dsr.Attempt, error]
	// AdoptIndex moves what an earlier version has kept in the exports container.
	AdoptIndex(ctx context.Context, until time.Time) (ledger.Adopted, error)
	// RecordPoison parks a message for a person.
	RecordPoison(ctx context.Context, d dsr.DeadLetter) error
}

// Drainer hands over the dead letters of a queue, and removes each that was taken
// without an error.
type Drainer interface {
	Drain(ctx context.Context, queue string, take func(context.Context, dsr.DeadLetter) error) (int, error)
	// DrainReason does so with those that have a reason.
	DrainReason(ctx context.Context, queue, reason string, take func(context.Context, dsr.DeadLetter) error) (int, error)
	// DrainUnbound does so with those that no function can be called with.
	DrainUnbound(ctx context.Context, queue string, take func(context.Context, dsr.DeadLetter) error) (int, error)
}

// Watch looks after what nobody asks for any more.
type Watch struct {
	Ledger  WatchLedger
	Wakeups *wakeup.Sender
	Drainer Drainer
	// Approvals takes approvals that failed for a while once more; nil: nobody does.
	Approvals interface {
		Accept(ctx context.Context, body []byte) error
	}
	// Retention removes what has expired; nil: nothing is removed.
	Retention *Retention
	Logger    *slog.Logger
}

// Run adopts an earlier version's index, wakes each open attempt, takes the dead
// letters that no function looks after and removes what has expired, each whether
// or not the others work. Nothing is removed while an open attempt may be missing
// on the index.
func (w *Watch) Run(ctx context.Context) error {
	whole, adopting := w.adopt(ctx)
	open, nudging := w.wake(ctx)
	dead, draining := w.drain(ctx)
	w.Logger.InfoContext(ctx, "watched", "open", open, "deadLetters", dead)
	if w.Retention == nil || !whole {
		return errors.Join(adopting, nudging, draining)
	}
	return errors.Join(adopting, nudging, draining, w.Retention.Run(ctx))
}

// adopt moves an earlier version's index to its container, and reports whether each
// attempt that is open is on it by now. Storage that does not answer keeps no other
// work of the run waiting.
func (w *Watch) adopt(ctx context.Context) (whole bool, err error) {
	end := time.Now().Add(adoptTime)
	bounded, cancel := context.WithDeadline(ctx, end.Add(adoptSpare))
	defer cancel()

	adopted, err := w.Ledger.AdoptIndex(bounded, end)
	if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		w.Logger.WarnContext(ctx, "storage took too long to move the index of an earlier version", "error", err.Error())
		err = nil // the next run goes on
	}

	if adopted.Moved > 0 {
		w.Logger.InfoContext(ctx, "moved the index of an earlier version", "blobs", adopted.Moved)
	}
	if adopted.Kept > 0 {
		w.Logger.WarnContext(ctx, "the exports container keeps what an earlier version had on its index: a policy or a legal hold is on it", "blobs", adopted.Kept)
	}

	return adopted.Complete, err
}

// drain empties the dead-letter queue of the closings, tries approvals again, and takes
// from the queues of the tasks what their redrive is never called with. It counts what it
// has taken.
func (w *Watch) drain(ctx context.Context) (int, error) {
	n, err := w.Drainer.Drain(ctx, dsr.QueueClosings, w.deadWakeUp)
	approved, err2 := w.drainApprovals(ctx)
	n += approved
	errs := []error{err, err2}
	for _, queue := range []string{dsr.QueueExports, dsr.QueueDeletes} {
		taken, err := w.Drainer.DrainUnbound(ctx, queue, w.unbound)
		n += taken
		errs = append(errs, err)
	}
	return n, errors.Join(errs...)
}

// deadWakeUp parks what is no wake-up. A wake-up that failed is replaced by this watch:
// there is nothing in it to keep.
func (w *Watch) deadWakeUp(ctx context.Context, d dsr.DeadLetter) error {
	if _, err := dsr.DecodeWakeUp(d.Body); err != nil {
		return w.park(ctx, d, err)
	}
	return nil
}

func (w *Watch) unbound(ctx context.Context, d dsr.DeadLetter) error {
	return w.park(ctx, d, dsr.Errorf(dsr.NoTask, dsr.ReasonUnknownTask, "the message's body is no bytes: no function can be called with it"))
}

func (w *Watch) park(ctx context.Context, d dsr.DeadLetter, why error) error {
	w.Logger.WarnContext(ctx, "parked a dead letter that is no task", d.ParkedAttrs(why)...)
	return w.Ledger.RecordPoison(ctx, d)
}

// wake wakes each open attempt and counts them.
func (w *Watch) wake(ctx context.Context) (int, error) {
	n := 0
	for a, err := range w.Ledger.ListOpen(ctx) {
		if err != nil {
			return n, err
		}
		if err := w.Wakeups.Wake(ctx, a); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

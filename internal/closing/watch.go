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

// adoptTime is how long one run moves an earlier version's index. adoptSpare is how much
// longer it may take to end what it has begun.
const (
	adoptTime  = 10 * time.Second
	adoptSpare = 20 * time.Second
)

// WatchLedger is what a watch reads and records.
type WatchLedger interface {
	// ListOpen lists the attempts that are not closed.
	ListOpen(ctx context.Context) iter.Seq2[dsr.Attempt, error]
	// AdoptIndex moves the index that an earlier version kept in the exports container.
	AdoptIndex(ctx context.Context, until time.Time) (ledger.Adopted, error)
	// RecordPoison parks a message for a person.
	RecordPoison(ctx context.Context, d dsr.DeadLetter) error
}

// Drainer hands over the dead letters of a queue, and removes each one that take accepts
// without an error.
type Drainer interface {
	Drain(ctx context.Context, queue string, take func(context.Context, dsr.DeadLetter) error) (int, error)
	// DrainReason does the same for those that have a reason.
	DrainReason(ctx context.Context, queue, reason string, take func(context.Context, dsr.DeadLetter) error) (int, error)
	// DrainUnbound does the same for the ones that the host can call no function with.
	DrainUnbound(ctx context.Context, queue string, take func(context.Context, dsr.DeadLetter) error) (int, error)
}

// Watch looks after attempts and messages that no queue message leads to any more.
type Watch struct {
	Ledger  WatchLedger
	Wakeups *wakeup.Sender
	Drainer Drainer
	// Approvals takes approvals that failed for a while once more; nil: nobody does.
	Approvals interface {
		Accept(ctx context.Context, body []byte) error
	}
	// Callbacks sends again what callbacks are owed and no message carries; nil: nobody does.
	Callbacks interface {
		Run(ctx context.Context) error
	}
	// Copies ends the copies for people whose time is up, and looks after the others; nil:
	// nobody does.
	Copies interface {
		Run(ctx context.Context) error
	}
	// Retention removes what has expired; nil removes nothing.
	Retention *Retention
	Logger    *slog.Logger
}

// Run moves an earlier version's index, wakes each open attempt, drains the dead letters
// that no function takes, looks after callbacks and copies, and removes what has expired. A
// failure of one step does not stop the others. Nothing is removed while the index may lack an open attempt.
func (w *Watch) Run(ctx context.Context) error {
	whole, adopting := w.adopt(ctx)
	open, waking := w.wake(ctx)
	dead, draining := w.drain(ctx)
	telling := errors.Join(w.tell(ctx), w.deliver(ctx))
	w.Logger.InfoContext(ctx, "watched", "open", open, "deadLetters", dead)
	if w.Retention == nil || !whole {
		return errors.Join(adopting, waking, draining, telling)
	}
	return errors.Join(adopting, waking, draining, telling, w.Retention.Run(ctx))
}

// tell has what callbacks are owed sent again.
func (w *Watch) tell(ctx context.Context) error {
	if w.Callbacks == nil {
		return nil
	}
	return w.Callbacks.Run(ctx)
}

// deliver looks after the copies for people.
func (w *Watch) deliver(ctx context.Context) error {
	if w.Copies == nil {
		return nil
	}
	return w.Copies.Run(ctx)
}

// adopt moves an earlier version's index to its container. whole reports whether each open
// attempt is on it by now. Its time is bounded, so that slow storage does not hold up the
// rest of the run.
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

// drain empties the dead-letter queue of wake-ups, tries approvals again, and takes from the
// dead-letter queues of tasks what the redrive functions can never be called with. It
// returns the number taken.
func (w *Watch) drain(ctx context.Context) (int, error) {
	n, err := w.Drainer.Drain(ctx, dsr.QueueClosings, w.parkUnlessWakeUp)
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

// parkUnlessWakeUp parks a message that is no wake-up. A dead wake-up is dropped, because
// this watch wakes every open attempt anyway.
func (w *Watch) parkUnlessWakeUp(ctx context.Context, d dsr.DeadLetter) error {
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

// wake wakes each open attempt and returns their number.
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

package closing

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

const (
	// retentionTime is how long one run begins new work. retentionSpare is how much longer
	// it may take to end what it has begun: no invocation lasts five minutes.
	retentionTime  = 4 * time.Minute
	retentionSpare = 45 * time.Second
	// leastSlice and mostSlice bound the time that an attempt gets at once: enough to make
	// progress, and little enough that a new hold is soon noticed.
	leastSlice = 5 * time.Second
	mostSlice  = time.Minute

	day = 24 * time.Hour
)

// Retention removes the documents of attempts whose retention is over, and leftover
// planning of closed attempts. The evidence stays.
type Retention struct {
	Ledger *ledger.Ledger
	// After is how long after its closing an attempt's documents are kept, in whole days.
	// The reconciler has the same setting.
	After time.Duration
	// Time is how long one run works; the next run continues. Default 4 minutes.
	Time   time.Duration
	Now    func() time.Time
	Logger *slog.Logger

	holds holdKeeper
}

// Run removes what has expired, until its time is up. Each attempt gets a slice of
// the time, so that one which is large or fails does not keep the others.
func (r *Retention) Run(ctx context.Context) error {
	limit := r.Time
	if limit <= 0 {
		limit = retentionTime
	}

	end := time.Now().Add(limit)
	bounded, cancel := context.WithDeadline(ctx, end.Add(retentionSpare))
	defer cancel()

	r.holds.forget()

	due, err := r.due(bounded)
	failed := failures{first: err}

	for len(due) > 0 && bounded.Err() == nil && time.Now().Before(end) {
		due = r.round(bounded, due, end, &failed)
	}

	r.forgetPlanning(bounded, &failed)

	return errors.Join(failed.err(), ctx.Err())
}

// round gives each attempt a slice of the time that is left, and returns the attempts
// that need more.
func (r *Retention) round(ctx context.Context, due []ledger.Expired, end time.Time, failed *failures) (more []ledger.Expired) {
	for i, e := range due {
		now := time.Now()
		if ctx.Err() != nil || !now.Before(end) {
			break
		}

		share := end.Sub(now) / time.Duration(len(due)-i)
		slice := min(max(share, leastSlice), mostSlice, end.Sub(now))

		done, err := r.expire(ctx, e, now.Add(slice))
		switch {
		case ctx.Err() != nil: // interrupted: no fault of the attempt
		case err != nil:
			failed.add(err)
			r.Logger.ErrorContext(ctx, "could not remove expired documents",
				"requestId", e.RequestID, "attempt", e.Number, "error", err.Error())
		case !done:
			more = append(more, e)
		}
	}
	return more
}

// expire removes an attempt's documents, and stops when until passes. done reports that
// this run has nothing more to do to the attempt. The order matters: the record, the
// documents, the subject, the index.
func (r *Retention) expire(ctx context.Context, e ledger.Expired, until time.Time) (done bool, err error) {
	m, verdict, err := r.ready(ctx, e, until)
	if err != nil || verdict != removable {
		return verdict == notNow, err
	}

	counted, err := r.Ledger.RecordRetention(ctx, e, dsr.Retention{
		RequestID:     e.RequestID,
		Attempt:       e.Number,
		ClosedAt:      m.ClosedAt,
		RetentionDays: int(r.After / day),
		BeganAt:       r.Now().UTC(),
	}, until)
	if err != nil || !counted.Done {
		return false, err
	}

	removal, err := r.Ledger.RemoveDocuments(ctx, e, until)
	if removal.Removed > 0 {
		r.Logger.InfoContext(ctx, "removed some expired documents", "requestId", e.RequestID, "attempt", e.Number, "blobs", removal.Removed, "kept", removal.Kept)
	}

	if err != nil || !removal.Done {
		return false, err
	}

	return r.forget(ctx, e, counted.Record)
}

// forget removes the subject and the index entry of an attempt whose documents are
// removed, unless the request was opened again meanwhile.
func (r *Retention) forget(ctx context.Context, e ledger.Expired, record dsr.Retention) (done bool, err error) {
	if open, err := r.Ledger.AnyOpen(ctx, e.RequestID); err != nil || open {
		return true, err
	}
	if err := r.Ledger.RemoveSubject(ctx, e.RequestID); err != nil {
		return false, err
	}
	if err := r.Ledger.RemoveExpired(ctx, e); err != nil {
		return false, err
	}
	r.Logger.InfoContext(ctx, "removed expired documents", "requestId", e.RequestID, "attempt", e.Number,
		"blobs", record.Blobs, "bytes", record.Bytes, "closedAt", record.ClosedAt)
	return true, nil
}

// readiness is whether an attempt's documents may be removed.
type readiness int

const (
	notNow  readiness = iota // a later run may remove it
	unknown                  // this run has not yet found out whether a hold keeps it
	removable
)

// ready reports whether an attempt's documents may be removed. The day on the index is by
// the setting at its closing; today's setting may keep the documents longer. While any
// attempt of the request is open, nothing of the request is removed.
func (r *Retention) ready(ctx context.Context, e ledger.Expired, until time.Time) (dsr.Manifest, readiness, error) {
	open, err := r.Ledger.AnyOpen(ctx, e.RequestID)
	if err != nil || open {
		return dsr.Manifest{}, notNow, err
	}
	m, _, closed, err := r.Ledger.Manifest(ctx, e.Attempt)
	if err != nil || !closed {
		return m, notNow, err
	}
	if r.Now().Before(m.ClosedAt.Add(r.After)) {
		return m, notNow, nil
	}

	held, err := r.holds.keeps(ctx, r.Ledger, e.Attempt, r.Now(), until)
	switch {
	case err != nil:
		return m, notNow, err
	case held.Kept:
		r.Logger.InfoContext(ctx, "a hold keeps expired documents", "requestId", e.RequestID, "attempt", e.Number, "hold", held.Hold.ID)
		return m, notNow, nil
	case !held.Done:
		return m, unknown, nil
	}

	return m, removable, nil
}

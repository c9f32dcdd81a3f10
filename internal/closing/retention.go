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
	// retentionTime is how long one run goes on, and retentionSpare how long what it
	// has begun may take beyond that: no invocation lasts five minutes.
	retentionTime  = 4 * time.Minute
	retentionSpare = 45 * time.Second
	// leastSlice and mostSlice bound the time that an attempt gets at once: enough to
	// come further, and so little that a hold which is set meanwhile is soon seen.
	leastSlice = 5 * time.Second
	mostSlice  = time.Minute

	day = 24 * time.Hour
)

// Retention removes the documents of attempts that were closed long enough ago, and
// what is left of the planning of closed ones. The evidence stays.
type Retention struct {
	Ledger *ledger.Ledger
	// After is how long after its closing an attempt's documents are kept, in
	// whole days; the reconciler has the same.
	After time.Duration
	// Time is how long one run goes on; the next one goes on from there. Default 4
	// minutes.
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

// round returns each attempt a slice of the time that is left, and gives those that
// need more.
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
		case ctx.Err() != nil: // it was broken off, which says nothing of the attempt
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

// expire removes an attempt's documents until a time, and reports whether nothing
// more is to do. The order matters: the record, the documents, the subject, the
// index.
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

// forget removes what is left of an attempt without documents, unless the request
// was opened again meanwhile.
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

// readiness is what retention knows of an attempt.
type readiness int

const (
	notNow  readiness = iota // a later run may remove it
	unknown                  // whether a hold keeps it is still to be found out
	removable
)

// ready reports whether an attempt's documents may go. Its day on the index is
// from when it was closed: by the setting of today it may be later. While any
// attempt of the request is open, nothing of it goes.
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

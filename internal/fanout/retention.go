package fanout

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

const (
	// retentionBlobs is how many blobs one run removes.
	retentionBlobs = 20_000
	// retentionTime is how long one run may go on; shorter than an invocation.
	retentionTime = 5 * time.Minute

	day = 24 * time.Hour
)

// ExpiringLedger is what retention reads, records and removes.
type ExpiringLedger interface {
	ListExpired(ctx context.Context, now time.Time) iter.Seq2[ledger.Expired, error]
	AnyOpen(ctx context.Context, id string) (bool, error)
	CopyHeld(ctx context.Context, a dsr.Attempt, now time.Time) (dsr.Hold, bool, error)
	Manifest(ctx context.Context, a dsr.Attempt) (dsr.Manifest, string, bool, error)
	RecordRetention(ctx context.Context, r dsr.Retention) (dsr.Retention, error)
	RemoveDocuments(ctx context.Context, a dsr.Attempt, most int) (removed int, done bool, err error)
	RemoveSubject(ctx context.Context, id string) error
	RemoveExpired(ctx context.Context, e ledger.Expired) error
}

// Retention removes the documents of attempts that were closed long enough ago.
// The evidence stays.
type Retention struct {
	Ledger ExpiringLedger
	// After is how long after its closing an attempt's documents are kept, in
	// whole days; the closer has the same.
	After time.Duration
	// MostBlobs bounds what one run removes; the next run goes on. Default 20,000.
	MostBlobs int
	Now       func() time.Time
	Logger    *slog.Logger
}

// Run removes what has expired. An attempt that fails does not keep the others.
func (r *Retention) Run(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, retentionTime)
	defer cancel()
	left := r.MostBlobs
	if left <= 0 {
		left = retentionBlobs
	}
	var errs []error
	for e, err := range r.Ledger.ListExpired(bounded, r.Now()) {
		removed := 0
		if err == nil {
			removed, err = r.expire(bounded, e, left)
		}
		if bounded.Err() != nil {
			break
		}
		if err != nil {
			errs = append(errs, err)
			r.Logger.ErrorContext(ctx, "could not remove expired documents",
				"requestId", e.RequestID, "attempt", e.Number, "error", err.Error())
		}
		if left -= removed; left <= 0 {
			break // the next run goes on
		}
	}
	return errors.Join(append(errs, ctx.Err())...)
}

// expire removes an attempt's documents and tells how many blobs they were. The
// order matters: the record, the documents, the subject, the index.
func (r *Retention) expire(ctx context.Context, e ledger.Expired, most int) (int, error) {
	m, ready, err := r.ready(ctx, e)
	if err != nil || !ready {
		return 0, err
	}
	record, err := r.Ledger.RecordRetention(ctx, dsr.Retention{
		RequestID: e.RequestID, Attempt: e.Number, ClosedAt: m.ClosedAt, RetentionDays: int(r.After / day), BeganAt: r.Now().UTC(),
	})
	if err != nil {
		return 0, err
	}
	removed, done, err := r.Ledger.RemoveDocuments(ctx, e.Attempt, most)
	if err != nil || !done {
		return removed, err
	}
	// The request may have been opened again meanwhile.
	if open, err := r.Ledger.AnyOpen(ctx, e.RequestID); err != nil || open {
		return removed, err
	}
	if err := r.Ledger.RemoveSubject(ctx, e.RequestID); err != nil {
		return removed, err
	}
	if err := r.Ledger.RemoveExpired(ctx, e); err != nil {
		return removed, err
	}
	r.Logger.InfoContext(ctx, "removed expired documents", "requestId", e.RequestID, "attempt", e.Number,
		"blobs", record.Blobs, "bytes", record.Bytes, "closedAt", m.ClosedAt)
	return removed, nil
}

// ready tells whether an attempt's documents may go. Its day on the index is
// from when it was closed: by the setting of today it may be later. While any
// attempt of the request is open, nothing of it goes.
func (r *Retention) ready(ctx context.Context, e ledger.Expired) (dsr.Manifest, bool, error) {
	open, err := r.Ledger.AnyOpen(ctx, e.RequestID)
	if err != nil || open {
		return dsr.Manifest{}, false, err
	}
	m, _, closed, err := r.Ledger.Manifest(ctx, e.Attempt)
	if err != nil || !closed {
		return m, false, err
	}
	if r.Now().Before(m.ClosedAt.Add(r.After)) {
		return m, false, nil
	}
	hold, held, err := r.Ledger.CopyHeld(ctx, e.Attempt, r.Now())
	if held {
		r.Logger.InfoContext(ctx, "a hold keeps expired documents", "requestId", e.RequestID, "attempt", e.Number, "hold", hold.ID)
	}
	return m, !held, err
}

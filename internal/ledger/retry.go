package ledger

import (
	"context"
	"fmt"

	"azureml-dsr/internal/dsr"
)

// Retry returns the order for an attempt after the first, or false when nobody has ordered
// it.
func (l *Ledger) Retry(ctx context.Context, a dsr.Attempt) (dsr.Retry, bool, error) {
	r, _, found, err := read[dsr.Retry](ctx, l.audit, a.Retry())
	return r, found, err
}

// RecordRetry records the order for an attempt and returns the stored one.
func (l *Ledger) RecordRetry(ctx context.Context, r dsr.Retry) (dsr.Retry, error) {
	r.SchemaVersion = dsr.SchemaVersion
	stored, _, err := record(ctx, l.audit, dsr.Attempt{RequestID: r.RequestID, Number: r.Attempt}.Retry(), r, nil)
	return stored, err
}

// AnyRemoved reports whether the removal of the documents of a, or of an earlier attempt,
// has begun.
func (l *Ledger) AnyRemoved(ctx context.Context, a dsr.Attempt) (bool, error) {
	for ; a.Number > 0; a = a.Before() {
		if removed, err := exists(ctx, l.audit, a.Retention()); removed || err != nil {
			return removed, err
		}
	}
	return false, nil
}

// LatestAttempt returns the last ordered attempt of a recorded request.
func (l *Ledger) LatestAttempt(ctx context.Context, id string) (dsr.Attempt, error) {
	a := dsr.Attempt{RequestID: id, Number: 1}
	for {
		next := dsr.Attempt{RequestID: id, Number: a.Number + 1}
		ordered, err := exists(ctx, l.audit, next.Retry())
		if err != nil {
			return a, fmt.Errorf("looking for the last attempt: %w", err)
		}
		if !ordered {
			return a, nil
		}
		a = next
	}
}

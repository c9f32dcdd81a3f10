package ledger

import (
	"context"
	"time"

	"azureml-dsr/internal/dsr"
)

// Extension returns the extension of a request's deadline and its SHA-256, or false
// when there is none.
func (l *Ledger) Extension(ctx context.Context, id string) (dsr.Extension, string, bool, error) {
	return read[dsr.Extension](ctx, l.audit, dsr.ExtensionBlob(id))
}

// RecordExtension records an extension and returns the stored one.
func (l *Ledger) RecordExtension(ctx context.Context, e dsr.Extension) (dsr.Extension, error) {
	e.SchemaVersion = dsr.SchemaVersion
	stored, _, err := record(ctx, l.audit, dsr.ExtensionBlob(e.RequestID), e, nil)
	return stored, err
}

// Due returns a request's deadline, including an extension. It is zero when no such
// request is recorded.
func (l *Ledger) Due(ctx context.Context, id string) (time.Time, error) {
	e, _, extended, err := l.Extension(ctx, id)
	if err != nil || extended {
		return e.Until, err
	}
	r, _, err := l.Request(ctx, id)
	return r.DueAt, err
}

// Deadline returns the time until which an attempt may wait for anything. It is the
// request's deadline, plus some days for an attempt that was ordered late.
func (l *Ledger) Deadline(ctx context.Context, a dsr.Attempt) (time.Time, error) {
	due, err := l.Due(ctx, a.RequestID)
	if err != nil || a.Number == 1 {
		return due, err
	}
	order, _, err := l.Retry(ctx, a)
	return order.Deadline(due), err
}

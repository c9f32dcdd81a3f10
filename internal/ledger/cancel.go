package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// Cancellation returns what stops an attempt and its SHA-256, or false when nothing does. The
// blob's existence alone stops the attempt: one that can't be decoded is a cancel, too.
func (l *Ledger) Cancellation(ctx context.Context, a dsr.Attempt) (dsr.CancelRecord, string, bool, error) {
	body, _, err := l.audit.Read(ctx, a.Cancel(), maxRecord)
	if errors.Is(err, archive.ErrNotFound) {
		return dsr.CancelRecord{}, "", false, nil
	}
	if err != nil {
		return dsr.CancelRecord{}, "", false, fmt.Errorf("reading %s: %w", a.Cancel(), err)
	}

	var r dsr.CancelRecord
	if json.Unmarshal(body, &r) != nil {
		r = dsr.CancelRecord{}
	}
	return r, hash(body), true, nil
}

// RecordCancellation records that an attempt is canceled or refused, and returns what is
// stored: the first record counts.
func (l *Ledger) RecordCancellation(ctx context.Context, a dsr.Attempt, r dsr.CancelRecord) (dsr.CancelRecord, error) {
	r.SchemaVersion, r.RequestID, r.Attempt = dsr.SchemaVersion, a.RequestID, a.Number
	body, err := json.Marshal(r)
	if err != nil {
		return r, fmt.Errorf("encoding %s: %w", a.Cancel(), err)
	}
	if _, err := l.audit.Create(ctx, a.Cancel(), body, nil); err != nil {
		return r, fmt.Errorf("recording %s: %w", a.Cancel(), err)
	}

	stored, _, _, err := l.Cancellation(ctx, a)
	return stored, err
}

package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// Open gives the index record of an attempt; false when it is not open.
func (l *Ledger) Open(ctx context.Context, a dsr.Attempt) (dsr.OpenRecord, bool, error) {
	o, _, found, err := read[dsr.OpenRecord](ctx, l.index, a.Open())
	return o, found, err
}

// SaveOpen writes an attempt's index record anew.
func (l *Ledger) SaveOpen(ctx context.Context, o dsr.OpenRecord) error {
	a := dsr.Attempt{RequestID: o.RequestID, Number: o.Attempt}
	o.SchemaVersion = dsr.SchemaVersion
	body, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("encoding %s: %w", a.Open(), err)
	}
	if err := l.index.Backend().Replace(ctx, a.Open(), body); err != nil {
		return fmt.Errorf("writing %s: %w", a.Open(), err)
	}
	return nil
}

// RemoveOpen takes a closed attempt off the index.
func (l *Ledger) RemoveOpen(ctx context.Context, a dsr.Attempt) error {
	if err := l.index.Backend().Delete(ctx, a.Open()); err != nil {
		return fmt.Errorf("removing %s: %w", a.Open(), err)
	}
	return nil
}

// ListOpen lists the attempts that are not closed.
func (l *Ledger) ListOpen(ctx context.Context) iter.Seq2[dsr.Attempt, error] {
	return marks(ctx, l.index, dsr.OpenPrefix, func(i archive.Info, _ string) (dsr.Attempt, error) {
		return dsr.ParseOpen(i.Name)
	})
}

// RecordExpiry puts a closed attempt on the index of what may be removed.
func (l *Ledger) RecordExpiry(ctx context.Context, a dsr.Attempt, day time.Time) error {
	body := []byte("{}")
	if _, err := l.index.Create(ctx, a.Expires(day), body, nil); err != nil {
		return fmt.Errorf("recording %s: %w", a.Expires(day), err)
	}
	return nil
}

// Poison is a message that is no task, kept for a person to look at.
type Poison struct {
	SchemaVersion  string    `json:"schemaVersion"`
	Queue          string    `json:"queue"`
	SequenceNumber int64     `json:"sequenceNumber"`
	MessageID      string    `json:"messageId"`
	EnqueuedTime   time.Time `json:"enqueuedTime"`
	Reason         string    `json:"deadLetterReason"`
	Description    string    `json:"deadLetterErrorDescription"`
	Body           []byte    `json:"body"` // Base64 in JSON
}

// RecordPoison parks a message that no retry can help.
func (l *Ledger) RecordPoison(ctx context.Context, d dsr.DeadLetter) error {
	p := Poison{
		SchemaVersion: dsr.SchemaVersion, Queue: d.Queue, SequenceNumber: d.SequenceNumber, MessageID: d.MessageID,
		EnqueuedTime: d.EnqueuedTime, Reason: d.Reason, Description: d.Description, Body: d.Body,
	}
	name := fmt.Sprintf("%s%s/%s-%d.json", dsr.PoisonPrefix, d.Queue, d.EnqueuedTime.UTC().Format("20060102T150405Z"), d.SequenceNumber)
	_, _, err := record(ctx, l.index, name, p, nil)
	return err
}

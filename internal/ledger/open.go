package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// Open returns the index record of an attempt, or false when the attempt is not open.
func (l *Ledger) Open(ctx context.Context, a dsr.Attempt) (dsr.OpenRecord, bool, error) {
	o, _, found, err := l.OpenVersion(ctx, a)
	return o, found, err
}

// Version identifies a stored version of an index record. SwapOpen replaces it.
type Version struct {
	ETag string
	Age  time.Duration // by the store's clock
}

// OpenVersion returns the index record of an attempt and its version, or false when the
// attempt is not open. A body that can't be decoded counts as an empty record.
func (l *Ledger) OpenVersion(ctx context.Context, a dsr.Attempt) (dsr.OpenRecord, Version, bool, error) {
	o := dsr.OpenRecord{RequestID: a.RequestID, Attempt: a.Number}
	body, info, err := l.index.Read(ctx, a.Open(), maxRecord)
	if errors.Is(err, archive.ErrNotFound) {
		return o, Version{}, false, nil
	}
	if err != nil {
		return o, Version{}, false, fmt.Errorf("reading %s: %w", a.Open(), err)
	}
	if info.Age < 0 { // a claim in it would never expire
		return o, Version{}, false, dsr.Errorf(dsr.Transient, dsr.ReasonTransient,
			"storage does not tell how old %s is: its answer has no Date or no Last-Modified", a.Open())
	}

	var stored dsr.OpenRecord
	if json.Unmarshal(body, &stored) == nil && stored.RequestID == a.RequestID && stored.Attempt == a.Number {
		o = stored
	}

	return o, Version{ETag: info.ETag, Age: info.Age}, true, nil
}

// SwapOpen replaces a version of an attempt's index record. For the zero Version it creates
// the record. It fails with archive.ErrChanged if the stored version is another one.
func (l *Ledger) SwapOpen(ctx context.Context, o dsr.OpenRecord, v Version) (Version, error) {
	a := dsr.Attempt{RequestID: o.RequestID, Number: o.Attempt}
	o.SchemaVersion = dsr.SchemaVersion
	body, err := json.Marshal(o)
	if err != nil {
		return v, fmt.Errorf("encoding %s: %w", a.Open(), err)
	}

	etag, err := l.index.Backend().Swap(ctx, a.Open(), body, openMeta(o), v.ETag)
	if errors.Is(err, archive.ErrChanged) {
		// This write may have succeeded, and its first answer was lost.
		if stored, info, err := l.index.Read(ctx, a.Open(), maxRecord); err == nil && bytes.Equal(stored, body) {
			return Version{ETag: info.ETag}, nil
		}
	}
	if err != nil {
		return v, fmt.Errorf("writing %s: %w", a.Open(), err)
	}

	return Version{ETag: etag}, nil
}

// RemoveOpen removes a closed attempt from the index of open attempts.
func (l *Ledger) RemoveOpen(ctx context.Context, a dsr.Attempt) error {
	if err := l.index.Backend().Delete(ctx, a.Open()); err != nil {
		return fmt.Errorf("removing %s: %w", a.Open(), err)
	}
	return nil
}

// ListOpen lists the open attempts.
func (l *Ledger) ListOpen(ctx context.Context) iter.Seq2[dsr.Attempt, error] {
	return marks(ctx, l.index, dsr.OpenPrefix, func(i archive.Info, _ string) (dsr.Attempt, error) {
		return dsr.ParseOpen(i.Name)
	})
}

// openMeta returns what a list needs of an open attempt before it reads anything.
func openMeta(o dsr.OpenRecord) map[string]string {
	if o.Kind == "" || o.DueAt.IsZero() || o.SubmittedAt.IsZero() {
		return nil
	}
	return map[string]string{
		metaKind:      o.Kind,
		metaDue:       o.DueAt.UTC().Format(time.RFC3339Nano),
		metaSubmitted: o.SubmittedAt.UTC().Format(time.RFC3339Nano),
	}
}

// OpenMarks lists the open attempts with what their marks say.
func (l *Ledger) OpenMarks(ctx context.Context) iter.Seq2[dsr.OpenMark, error] {
	return marks(ctx, l.index, dsr.OpenPrefix, func(i archive.Info, _ string) (dsr.OpenMark, error) {
		a, err := dsr.ParseOpen(i.Name)
		mark := dsr.OpenMark{Attempt: a, Kind: i.Metadata[metaKind]}
		mark.DueAt, _ = time.Parse(time.RFC3339Nano, i.Metadata[metaDue])
		mark.SubmittedAt, _ = time.Parse(time.RFC3339Nano, i.Metadata[metaSubmitted])
		return mark, err
	})
}

// RecordExpiry adds a closed attempt to the index of what expires. Its documents may be
// removed from that day on.
func (l *Ledger) RecordExpiry(ctx context.Context, a dsr.Attempt, day time.Time) error {
	body := []byte("{}")
	if _, err := l.index.Create(ctx, a.Expires(day), body, nil); err != nil {
		return fmt.Errorf("recording %s: %w", a.Expires(day), err)
	}
	return nil
}

// Poison is a message that is not a valid task, kept for a person to examine.
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

// RecordPoison records a message that no retry can help.
func (l *Ledger) RecordPoison(ctx context.Context, d dsr.DeadLetter) error {
	p := Poison{
		SchemaVersion:  dsr.SchemaVersion,
		Queue:          d.Queue,
		SequenceNumber: d.SequenceNumber,
		MessageID:      d.MessageID,
		EnqueuedTime:   d.EnqueuedTime,
		Reason:         d.Reason,
		Description:    d.Description,
		Body:           d.Body,
	}
	name := fmt.Sprintf("%s%s/%s-%d.json", dsr.PoisonPrefix, d.Queue, d.EnqueuedTime.UTC().Format("20060102T150405Z"), d.SequenceNumber)
	_, _, err := record(ctx, l.index, name, p, nil)
	return err
}

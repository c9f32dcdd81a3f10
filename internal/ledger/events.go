package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// Event returns the record of a request's change, or false when there is none yet.
func (l *Ledger) Event(ctx context.Context, id string, sequence int) (dsr.Event, bool, error) {
	e, _, found, err := read[dsr.Event](ctx, l.audit, dsr.EventBlob(id, sequence))
	return e, found, err
}

// RecordEvent records a change under its sequence number and returns the stored event,
// which may be another one.
func (l *Ledger) RecordEvent(ctx context.Context, e dsr.Event) (dsr.Event, error) {
	e.SchemaVersion = dsr.SchemaVersion
	stored, _, err := record(ctx, l.audit, dsr.EventBlob(e.RequestID, e.Sequence), e, nil)
	return stored, err
}

// RecordTold records what came of telling a callback of a change. The first record stands.
func (l *Ledger) RecordTold(ctx context.Context, t dsr.Told) error {
	t.SchemaVersion = dsr.SchemaVersion
	_, _, err := record(ctx, l.audit, t.Blob(), t, nil)
	return err
}

// ListEvents yields what a listing shows of a request's changes and of what came of them,
// in the order of their sequence numbers.
func (l *Ledger) ListEvents(ctx context.Context, id string) iter.Seq2[dsr.EventMark, error] {
	prefix := dsr.EventsPrefix + id + "/"
	return func(yield func(dsr.EventMark, error) bool) {
		for info, err := range l.audit.Backend().List(ctx, prefix, "") {
			if err != nil {
				yield(dsr.EventMark{}, fmt.Errorf("listing %s: %w", prefix, err))
				return
			}

			mark, err := dsr.ParseEventMark(info.Name[len(prefix):], info.Created)
			if errors.Is(err, dsr.ErrNoRecord) {
				continue
			}
			if !yield(mark, err) {
				return
			}
		}
	}
}

// RecordOwed enters an attempt in the index of those whose callbacks may be owed something.
func (l *Ledger) RecordOwed(ctx context.Context, a dsr.Attempt) error {
	if _, err := l.index.Create(ctx, a.Callbacks(), []byte("{}"), nil); err != nil {
		return fmt.Errorf("recording %s: %w", a.Callbacks(), err)
	}
	return nil
}

// ListOwed yields the attempts whose callbacks may be owed something, from a name on.
func (l *Ledger) ListOwed(ctx context.Context, from string) iter.Seq2[dsr.Attempt, error] {
	return func(yield func(dsr.Attempt, error) bool) {
		for info, err := range l.index.Backend().List(ctx, dsr.CallbacksPrefix, from) {
			if err != nil {
				yield(dsr.Attempt{}, fmt.Errorf("listing %s: %w", dsr.CallbacksPrefix, err))
				return
			}

			a, err := dsr.ParseCallbacks(info.Name)
			if err != nil {
				continue // nobody of ours has written it
			}
			if !yield(a, nil) {
				return
			}
		}
	}
}

// RemoveOwed removes an attempt from that index.
func (l *Ledger) RemoveOwed(ctx context.Context, a dsr.Attempt) error {
	if err := l.index.Backend().Delete(ctx, a.Callbacks()); err != nil && !errors.Is(err, archive.ErrNotFound) {
		return fmt.Errorf("removing %s: %w", a.Callbacks(), err)
	}
	return nil
}

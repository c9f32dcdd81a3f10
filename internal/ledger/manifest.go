package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"azureml-dsr/internal/dsr"
)

// Closing describes how an attempt closes.
type Closing struct {
	Attempt  dsr.Attempt
	Request  dsr.RequestRecord
	Canceled bool
	At       time.Time
	// Worker is the version of the worker that closes it.
	Worker string
}

// Manifest returns an attempt's manifest and its SHA-256, or false when the attempt is
// open.
func (l *Ledger) Manifest(ctx context.Context, a dsr.Attempt) (dsr.Manifest, string, bool, error) {
	return read[dsr.Manifest](ctx, l.audit, a.Manifest())
}

// closingSkew is how far the closing time in a manifest may differ from the creation time
// of its blob.
const closingSkew = 15 * time.Minute

// Close writes the last manifest part of an attempt and then its manifest, and returns the
// stored manifest. Of two reconcilers that close an attempt the first one's manifest stands.
//
// derived are the bytes of the stored manifest if this caller derives the same ones
// from the records. Only the closing time and the version may be the other reconciler's.
// Otherwise derived is nil, and the stored manifest must not be signed.
func (l *Ledger) Close(ctx context.Context, c Closing, parts *Parts) (stored dsr.Manifest, derived []byte, err error) {
	if err := parts.flush(ctx); err != nil {
		return dsr.Manifest{}, nil, err
	}
	m, err := l.derive(ctx, c, parts)
	if err != nil {
		return dsr.Manifest{}, nil, err
	}

	name := c.Attempt.Manifest()
	if _, _, err := record(ctx, l.audit, name, m, nil); err != nil {
		return dsr.Manifest{}, nil, err
	}

	body, info, err := l.audit.Read(ctx, name, maxRecord)
	if err != nil {
		return dsr.Manifest{}, nil, fmt.Errorf("reading %s back: %w", name, err)
	}
	if err := json.Unmarshal(body, &stored); err != nil {
		return dsr.Manifest{}, nil, fmt.Errorf("record %s is not what was written: %w", name, err)
	}

	isOwnTime := stored.ClosedAt.Equal(c.At)
	if !isOwnTime && info.Created.Sub(stored.ClosedAt).Abs() > closingSkew {
		return stored, nil, nil
	}

	m.ClosedAt = stored.ClosedAt
	if dsr.PlainVersion(stored.Worker) {
		m.Worker = stored.Worker
	}
	again, err := json.Marshal(m)
	if err != nil {
		return stored, nil, fmt.Errorf("encoding %s: %w", name, err)
	}
	if !bytes.Equal(again, body) {
		return stored, nil, nil
	}
	return stored, again, nil
}

// derive returns the manifest that follows from the records.
func (l *Ledger) derive(ctx context.Context, c Closing, parts *Parts) (dsr.Manifest, error) {
	plan, planSum, found, err := read[dsr.Plan](ctx, l.audit, c.Attempt.Plan())
	if err == nil && !found {
		err = fmt.Errorf("closing %s: it has no plan", c.Attempt.Prefix())
	}
	if err != nil {
		return dsr.Manifest{}, err
	}
	_, requestSum, _, err := read[json.RawMessage](ctx, l.audit, dsr.RequestBlob(c.Attempt.RequestID))
	if err != nil {
		return dsr.Manifest{}, err
	}

	tally := parts.Tally()
	m := dsr.Manifest{
		SchemaVersion:   dsr.SchemaVersion,
		RequestID:       c.Attempt.RequestID,
		Attempt:         c.Attempt.Number,
		Kind:            plan.Kind,
		Status:          tally.Status(c.Canceled),
		SubmittedAt:     c.Request.SubmittedAt,
		DueAt:           c.Request.DueAt,
		Paused:          c.Request.Paused(),
		ClosedAt:        c.At,
		Worker:          c.Worker,
		Request:         dsr.HashRef{SHA256: requestSum},
		Plan:            dsr.HashRef{SHA256: planSum},
		Totals:          tally.Totals,
		Failures:        tally.Failures,
		FailuresOmitted: tally.FailuresOmitted,
		NotCovered:      plan.NotCovered,
		What:            plan.What,
		Cost:            tally.Cost,
		SubjectMatches:  tally.SubjectMatches,
		Parts:           append([]dsr.ManifestPartRef{}, parts.Written()...),
	}

	return m, l.addReferences(ctx, c.Attempt, &m)
}

// addReferences adds the records, other than receipts, that a manifest vouches for.
func (l *Ledger) addReferences(ctx context.Context, a dsr.Attempt, m *dsr.Manifest) (err error) {
	if m.Previous, err = l.previous(ctx, a); err != nil {
		return err
	}
	if err := l.addRefusal(ctx, a, m); err != nil {
		return err
	}

	if m.Extension, err = l.extensionRef(ctx, a.RequestID); err != nil {
		return err
	}
	if m.Extension != nil {
		m.DueAt = m.Extension.Until
	}

	for name, ref := range map[string]**dsr.HashRef{a.DeletionPlan(): &m.DeletionPlan, a.Approval(): &m.Approval} {
		_, sum, found, err := read[json.RawMessage](ctx, l.audit, name)
		if err != nil {
			return err
		}
		if found {
			*ref = &dsr.HashRef{SHA256: sum}
		}
	}

	return nil
}

// addRefusal makes a canceled attempt a rejected one if its request was refused. What came
// after the first deletion stays a cancel: then the request was not refused, but broken off.
func (l *Ledger) addRefusal(ctx context.Context, a dsr.Attempt, m *dsr.Manifest) error {
	if m.Status != dsr.StatusCanceled || m.Totals.AnyDeletion() {
		return nil
	}
	r, sum, _, err := l.Cancellation(ctx, a)
	if err != nil {
		return err
	}

	if m.Refusal = dsr.RefusalOf(r, sum); m.Refusal != nil {
		m.Status = dsr.StatusRejected
	}
	return nil
}

func (l *Ledger) extensionRef(ctx context.Context, id string) (*dsr.ExtensionRef, error) {
	e, sum, found, err := l.Extension(ctx, id)
	if err != nil || !found {
		return nil, err
	}
	return &dsr.ExtensionRef{
		SHA256: sum,
		DueAt:  e.DueAt,
		Until:  e.Until,
		Reason: e.Reason,
	}, nil
}

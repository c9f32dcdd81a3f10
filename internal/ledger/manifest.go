package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"azureml-dsr/internal/dsr"
)

// Closing says how an attempt is to be closed.
type Closing struct {
	Attempt  dsr.Attempt
	Request  dsr.RequestRecord
	Canceled bool
	At       time.Time
}

// Manifest gives an attempt's manifest and its SHA-256; false when it is open.
func (l *Ledger) Manifest(ctx context.Context, a dsr.Attempt) (dsr.Manifest, string, bool, error) {
	return read[dsr.Manifest](ctx, l.audit, a.Manifest())
}

// Close writes the rest of an attempt's manifest parts and then its manifest, and
// gives the one that is stored: of two closers the first one's stands. derived
// reports whether the stored one says what this closer has derived from the records,
// but for when that was.
func (l *Ledger) Close(ctx context.Context, c Closing, parts *Parts) (stored dsr.Manifest, derived bool, err error) {
	if err := parts.flush(ctx); err != nil {
		return dsr.Manifest{}, false, err
	}
	m, err := l.derive(ctx, c, parts)
	if err != nil {
		return dsr.Manifest{}, false, err
	}

	stored, _, err = record(ctx, l.audit, c.Attempt.Manifest(), m, nil)
	if err != nil {
		return dsr.Manifest{}, false, err
	}
	derived, err = sameButTime(stored, m)
	return stored, derived, err
}

// sameButTime reports whether two manifests say the same, whenever they were made.
func sameButTime(a, b dsr.Manifest) (bool, error) {
	a.ClosedAt, b.ClosedAt = time.Time{}, time.Time{}
	x, err := json.Marshal(a)
	if err != nil {
		return false, fmt.Errorf("encoding a manifest: %w", err)
	}
	y, err := json.Marshal(b)
	if err != nil {
		return false, fmt.Errorf("encoding a manifest: %w", err)
	}
	return bytes.Equal(x, y), nil
}

// derive makes the manifest of what is recorded.
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
		ClosedAt:        c.At,
		Request:         dsr.HashRef{SHA256: requestSum},
		Plan:            dsr.HashRef{SHA256: planSum},
		Totals:          tally.Totals,
		Failures:        tally.Failures,
		FailuresOmitted: tally.FailuresOmitted,
		NotCovered:      plan.NotCovered,
		SubjectMatches:  tally.SubjectMatches,
		Parts:           append([]dsr.ManifestPartRef{}, parts.Written()...),
	}
	return m, l.addReferences(ctx, c.Attempt, &m)
}

// addReferences adds what a manifest vouches for beside its receipts.
func (l *Ledger) addReferences(ctx context.Context, a dsr.Attempt, m *dsr.Manifest) (err error) {
	if m.Previous, err = l.previous(ctx, a); err != nil {
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

func (l *Ledger) extensionRef(ctx context.Context, id string) (*dsr.ExtensionRef, error) {
	e, sum, found, err := l.Extension(ctx, id)
	if err != nil || !found {
		return nil, err
	}
	return &dsr.ExtensionRef{SHA256: sum, DueAt: e.DueAt, Until: e.Until, Reason: e.Reason}, nil
}

package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"azureml-dsr/internal/dsr"
)

// Closing says how an attempt is to be closed.
type Closing struct {
	Attempt   dsr.Attempt
	Request   dsr.RequestRecord
	Endpoints []string // ids that the totals name, zeros too
	Canceled  bool
	At        time.Time
}

// Manifest gives an attempt's manifest and its SHA-256; false when it is open.
func (l *Ledger) Manifest(ctx context.Context, a dsr.Attempt) (dsr.Manifest, string, bool, error) {
	return read[dsr.Manifest](ctx, l.audit, a.Manifest())
}

// Close writes an attempt's manifest parts and then its manifest, from the
// receipts that its pages imply, given in order. Two closers write the same
// parts; the manifest of the first one stands.
func (l *Ledger) Close(ctx context.Context, c Closing, implied iter.Seq2[dsr.ReceiptMark, error]) (dsr.Manifest, error) {
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
	previous, err := l.previous(ctx, c.Attempt)
	if err != nil {
		return dsr.Manifest{}, err
	}
	extension, err := l.extensionRef(ctx, c.Attempt.RequestID)
	if err != nil {
		return dsr.Manifest{}, err
	}
	tally := dsr.NewTally(c.Endpoints)
	parts, err := l.writeParts(ctx, c.Attempt, implied, tally)
	if err != nil {
		return dsr.Manifest{}, err
	}
	m := dsr.Manifest{
		SchemaVersion: dsr.SchemaVersion, RequestID: c.Attempt.RequestID, Attempt: c.Attempt.Number,
		Kind: plan.Kind, Status: tally.Status(c.Canceled),
		SubmittedAt: c.Request.SubmittedAt, DueAt: c.Request.DueAt, ClosedAt: c.At,
		Request: dsr.HashRef{SHA256: requestSum}, Plan: dsr.HashRef{SHA256: planSum},
		Totals: tally.Totals, Failures: tally.Failures, FailuresOmitted: tally.FailuresOmitted,
		NotCovered: plan.NotCovered, SubjectMatches: tally.SubjectMatches, Parts: parts,
		Previous: previous, Extension: extension,
	}
	if extension != nil {
		m.DueAt = extension.Until
	}
	for name, ref := range map[string]**dsr.HashRef{c.Attempt.DeletionPlan(): &m.DeletionPlan, c.Attempt.Approval(): &m.Approval} {
		_, sum, found, err := read[json.RawMessage](ctx, l.audit, name)
		if err != nil {
			return dsr.Manifest{}, err
		}
		if found {
			*ref = &dsr.HashRef{SHA256: sum}
		}
	}
	stored, _, err := record(ctx, l.audit, c.Attempt.Manifest(), m, nil)
	return stored, err
}

func (l *Ledger) extensionRef(ctx context.Context, id string) (*dsr.ExtensionRef, error) {
	e, sum, found, err := l.Extension(ctx, id)
	if err != nil || !found {
		return nil, err
	}
	return &dsr.ExtensionRef{SHA256: sum, DueAt: e.DueAt, Until: e.Until, Reason: e.Reason}, nil
}

// writeParts writes the manifest parts, each named by its content.
func (l *Ledger) writeParts(ctx context.Context, a dsr.Attempt, implied iter.Seq2[dsr.ReceiptMark, error], tally *dsr.Tally) ([]dsr.ManifestPartRef, error) {
	refs := []dsr.ManifestPartRef{}
	part := dsr.ManifestPart{SchemaVersion: dsr.SchemaVersion}
	flush := func() error {
		if len(part.Receipts) == 0 {
			return nil
		}
		ref, err := l.recordManifestPart(ctx, a, len(refs)+1, part)
		refs, part.Receipts = append(refs, ref), nil
		return err
	}
	for r, err := range l.Receipts(ctx, a, implied) {
		if err != nil {
			return nil, err
		}
		tally.Add(r.Receipt)
		part.Receipts = append(part.Receipts, r.ref)
		if len(part.Receipts) == dsr.ReceiptsPerPart {
			if err := flush(); err != nil {
				return nil, err
			}
		}
	}
	return refs, flush()
}

func (l *Ledger) recordManifestPart(ctx context.Context, a dsr.Attempt, n int, part dsr.ManifestPart) (dsr.ManifestPartRef, error) {
	body, err := json.Marshal(part)
	if err != nil {
		return dsr.ManifestPartRef{}, fmt.Errorf("encoding manifest part %d: %w", n, err)
	}
	sum := hash(body)
	name := a.ManifestPart(n, sum)
	if _, err := l.audit.Create(ctx, name, body, nil); err != nil {
		return dsr.ManifestPartRef{}, fmt.Errorf("recording %s: %w", name, err)
	}
	ref := dsr.ManifestPartRef{Name: relative(a, name), SHA256: sum, Receipts: len(part.Receipts)}
	for _, r := range part.Receipts {
		for _, p := range r.Parts {
			ref.Documents += p.Documents
		}
	}
	return ref, nil
}

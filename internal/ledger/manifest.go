package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// receiptReads is how many receipts are read at once while a manifest is made.
const receiptReads = 16

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
	for r, err := range l.readReceipts(ctx, a, implied) {
		if err != nil {
			return nil, err
		}
		tally.Add(r.receipt)
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

type readReceipt struct {
	receipt dsr.Receipt
	ref     dsr.ReceiptRef
}

// readReceipts reads receipts in order, some of them at once.
func (l *Ledger) readReceipts(ctx context.Context, a dsr.Attempt, implied iter.Seq2[dsr.ReceiptMark, error]) iter.Seq2[readReceipt, error] {
	return func(yield func(readReceipt, error) bool) {
		var batch []string
		flush := func() bool {
			read := make([]readReceipt, len(batch))
			g, gctx := errgroup.WithContext(ctx)
			g.SetLimit(receiptReads)
			for i, name := range batch {
				g.Go(func() (err error) {
					read[i], err = l.readReceipt(gctx, a, name)
					return err
				})
			}
			batch = batch[:0]
			if err := g.Wait(); err != nil {
				yield(readReceipt{}, err)
				return false
			}
			for _, r := range read {
				if !yield(r, nil) {
					return false
				}
			}
			return true
		}
		for m, err := range implied {
			if err != nil {
				yield(readReceipt{}, err)
				return
			}
			batch = append(batch, m.Blob)
			if len(batch) == 4*receiptReads && !flush() {
				return
			}
		}
		flush()
	}
}

func (l *Ledger) readReceipt(ctx context.Context, a dsr.Attempt, name string) (readReceipt, error) {
	r, sum, found, err := read[dsr.Receipt](ctx, l.audit, name)
	if err == nil && !found {
		err = fmt.Errorf("receipt %s was listed and is not there: %w", name, archive.ErrNotFound)
	}
	if err != nil {
		return readReceipt{}, err
	}
	ref := dsr.ReceiptRef{Name: relative(a, name), SHA256: sum, Outcome: r.Outcome, Parts: r.Parts}
	return readReceipt{receipt: r, ref: ref}, nil
}

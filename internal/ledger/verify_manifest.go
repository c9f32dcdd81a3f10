package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"

	"azureml-dsr/internal/dsr"
)

// manifestFolder holds the manifest parts, below the attempt's prefix.
const manifestFolder = "manifest/"

// readManifest reads what all else is held against; false when it can't be.
func (v *verifier) readManifest(ctx context.Context) (bool, error) {
	name := v.attempt.Manifest()
	closed := false
	for listed, err := range v.evidence.List(ctx, name) {
		if err != nil {
			return false, fmt.Errorf("looking for the manifest: %w", err)
		}
		closed = closed || listed == name
	}
	if !closed {
		return false, v.notThere(ctx)
	}
	s, err := load[dsr.Manifest](ctx, v, name)
	if s == nil || err != nil {
		return false, err
	}
	m := s.value
	if m.SchemaVersion != dsr.SchemaVersion {
		v.fault(FaultMalformed, name, "its schemaVersion is not %s: another version of this program wrote it", dsr.SchemaVersion)
		return false, nil
	}
	if m.RequestID != v.attempt.RequestID || m.Attempt != v.attempt.Number {
		v.fault(FaultInconsistent, name, "it is the manifest of another attempt")
	}
	v.manifest, v.manifestBytes, v.tally = m, s.body, dsr.NewTally(nil)
	return true, nil
}

// checkCanceled looks for what a canceled attempt was canceled by.
func (v *verifier) checkCanceled(ctx context.Context) error {
	if !v.canceled() {
		return nil
	}
	_, err := load[json.RawMessage](ctx, v, v.attempt.Cancel())
	return err
}

// checkPrevious holds the manifest of the attempt before against this one, and
// the order for this one against both. The run before of a scheduled export is
// another request's, which is not here.
func (v *verifier) checkPrevious(ctx context.Context) error {
	p, a := v.manifest.Previous, v.attempt
	if a.Number == 1 {
		if p != nil && (p.RequestID == "" || p.RequestID == a.RequestID) {
			v.fault(FaultInconsistent, a.Manifest(), "a first attempt names a manifest of its own request as previous")
		}
		return nil
	}
	if p == nil || p.RequestID != "" || p.Attempt != a.Number-1 {
		v.fault(FaultInconsistent, a.Manifest(), "it does not name the manifest of the attempt before as previous")
		return nil
	}
	before, err := loadVouched[dsr.Manifest](ctx, v, a.Before().Manifest(), p.SHA256, "manifest.json")
	if err != nil {
		return err
	}
	if before != nil && !sameTotals(before.value.Totals, p.Totals) {
		v.fault(FaultInconsistent, a.Manifest(), "the totals that it carries of the attempt before are not that one's")
	}
	order, err := load[dsr.Retry](ctx, v, a.Retry())
	if order != nil && (order.value.RequestID != a.RequestID || order.value.Attempt != a.Number || order.value.Previous.SHA256 != p.SHA256) {
		v.fault(FaultInconsistent, a.Retry(), "it orders another attempt, or another manifest was the last one then")
	}
	return err
}

// receiptRefs yields what the manifest's parts say of receipts, in order. Of a
// part that is not the one that was written nothing is believed.
func (v *verifier) receiptRefs(ctx context.Context) iter.Seq2[dsr.ReceiptRef, error] {
	return func(yield func(dsr.ReceiptRef, error) bool) {
		for i, ref := range v.manifest.Parts {
			part, err := v.manifestPart(ctx, i+1, ref)
			if err != nil {
				yield(dsr.ReceiptRef{}, err)
				return
			}
			for _, r := range part.Receipts {
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

func (v *verifier) manifestPart(ctx context.Context, n int, ref dsr.ManifestPartRef) (dsr.ManifestPart, error) {
	if len(ref.SHA256) != 64 || v.attempt.Prefix()+ref.Name != v.attempt.ManifestPart(n, ref.SHA256) {
		v.fault(FaultInconsistent, v.attempt.Manifest(), "the name of its part %d does not follow from the part's SHA-256", n)
		v.partsUnknown = true
		return dsr.ManifestPart{}, nil
	}
	name := v.attempt.Prefix() + ref.Name
	s, err := loadVouched[dsr.ManifestPart](ctx, v, name, ref.SHA256, "manifest.json")
	if s == nil || err != nil {
		v.partsUnknown = true
		return dsr.ManifestPart{}, err
	}
	part := s.value
	if part.SchemaVersion != dsr.SchemaVersion || len(part.Receipts) > dsr.ReceiptsPerPart {
		v.fault(FaultMalformed, name, "it has another schemaVersion or more than %d receipts", dsr.ReceiptsPerPart)
	}
	documents := int64(0)
	for _, r := range part.Receipts {
		for _, p := range r.Parts {
			documents += p.Documents
		}
	}
	if documents != ref.Documents || len(part.Receipts) != ref.Receipts {
		v.fault(FaultInconsistent, v.attempt.Manifest(), "it counts receipts or documents of its part %d that the part does not have", n)
	}
	return part, nil
}

// checkTotals holds the manifest's figures against those of its receipts. Where
// a receipt is missing or changed they would prove nothing.
func (v *verifier) checkTotals() {
	if v.doubtful || v.partsUnknown {
		return
	}
	m, t, name := v.manifest, v.tally, v.attempt.Manifest()
	if !sameTotals(m.Totals, t.Totals) {
		v.fault(FaultInconsistent, name, "its totals are not the sum of its receipts'")
	}
	if !slices.Equal(m.Failures, t.Failures) || m.FailuresOmitted != t.FailuresOmitted {
		v.fault(FaultInconsistent, name, "its failures are not its receipts'")
	}
	if m.SubjectMatches != t.SubjectMatches {
		v.fault(FaultInconsistent, name, "its subjectMatches are not the sum of its receipts'")
	}
	if m.Status != t.Status(v.canceled()) {
		v.fault(FaultInconsistent, name, "its status does not follow from its receipts")
	}
}

// sameTotals compares figures; a row that one of the two leaves out is zeros.
func sameTotals(a, b dsr.Totals) bool {
	notZero := func(t dsr.Totals) dsr.Totals {
		t = maps.Clone(t)
		maps.DeleteFunc(t, func(_ string, c dsr.Counts) bool { return c == dsr.Counts{} })
		return t
	}
	return maps.Equal(notZero(a), notZero(b))
}

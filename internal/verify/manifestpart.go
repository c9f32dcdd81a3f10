package verify

import (
	"context"
	"slices"

	"azureml-dsr/internal/dsr"
)

// manifestPart is a stored part of a manifest. Parts of older versions have no sums.
type manifestPart struct {
	SchemaVersion   string           `json:"schemaVersion"`
	Receipts        []dsr.ReceiptRef `json:"receipts"`
	Totals          dsr.Totals       `json:"totals"`
	Succeeded       int              `json:"succeeded"`
	Failed          int              `json:"failed"`
	Canceled        int              `json:"canceled"`
	SubNodes        int              `json:"subNodes"`
	Failures        []dsr.Failure    `json:"failures"`
	FailuresOmitted int              `json:"failuresOmitted"`
	Cost            dsr.Cost         `json:"cost"`
}

// hasSums reports whether the part has any of its sums.
func (p manifestPart) hasSums() bool {
	return p.Totals != nil || p.Succeeded+p.Failed+p.Canceled+p.FailuresOmitted != 0 || len(p.Failures) > 0
}

// receiptRefs yields the manifest's references to receipts in order. It keeps one part in
// memory at a time, and skips a part that is not the one that was written.
type receiptRefs struct {
	v       *verifier
	next    int    // part to read next, from 0
	name    string // of the current part
	part    manifestPart
	at      int    // index of the next reference
	last    string // name of the receipt that was taken last
	sums    *tally // over the part's receipts
	ordered bool   // the part's names are in order so far
}

// peek returns the next reference without taking it; false at the end. After the last
// reference of a part it checks the part's sums.
func (r *receiptRefs) peek(ctx context.Context) (dsr.ReceiptRef, bool, error) {
	for {
		for r.at < len(r.part.Receipts) {
			if ref := r.part.Receipts[r.at]; ref.Name > r.last {
				return ref, true, nil
			}
			r.outOfOrder()
			r.at++
		}

		r.compare()
		if r.next == len(r.v.manifest.Parts) {
			return dsr.ReceiptRef{}, false, nil
		}
		if err := r.read(ctx); err != nil {
			return dsr.ReceiptRef{}, false, err
		}
	}
}

// take takes the reference that peek has returned.
func (r *receiptRefs) take() {
	r.last = r.part.Receipts[r.at].Name
	r.at++
}

// outOfOrder notes, once for each part, that a name does not sort after the one before it.
// The reconciler writes references in the order of names, each once.
func (r *receiptRefs) outOfOrder() {
	r.v.partsUnknown, r.sums.incomplete = true, true
	if r.ordered {
		r.v.fault(FaultInconsistent, r.name, "its receipts are not in the order of their names, or not all after those of the part before")
	}
	r.ordered = false
}

// read reads the next part.
func (r *receiptRefs) read(ctx context.Context) error {
	v, ref := r.v, r.v.manifest.Parts[r.next]
	r.next++
	r.part, r.at, r.sums, r.ordered = manifestPart{}, 0, newTally(), true
	if len(ref.SHA256) != 64 || v.attempt.Prefix()+ref.Name != v.attempt.ManifestPart(r.next, ref.SHA256) {
		v.fault(FaultInconsistent, v.attempt.Manifest(), "the name of its part %d does not follow from the part's SHA-256", r.next)
		v.partsUnknown = true
		return nil
	}

	r.name = v.attempt.Prefix() + ref.Name
	s, err := loadVouched[manifestPart](ctx, v, r.name, ref.SHA256, "manifest.json")
	if s == nil || err != nil {
		v.partsUnknown = true
		return err
	}

	r.part = s.value
	r.checkCounts(ref)

	return nil
}

// checkCounts checks a part against the counts in the manifest.
func (r *receiptRefs) checkCounts(ref dsr.ManifestPartRef) {
	if r.part.SchemaVersion != dsr.SchemaVersion || len(r.part.Receipts) > dsr.ReceiptsPerPart {
		r.v.fault(FaultMalformed, r.name, "it has another schemaVersion or more than %d receipts", dsr.ReceiptsPerPart)
	}

	documents := int64(0)
	for _, receipt := range r.part.Receipts {
		for _, p := range receipt.Parts {
			documents += p.Documents
		}
	}

	if documents != ref.Documents || len(r.part.Receipts) != ref.Receipts {
		r.v.fault(FaultInconsistent, r.v.attempt.Manifest(), "it counts receipts or documents of its part %d that the part does not have", r.next)
	}
}

// compare checks the sums of the part that ends against those of its receipts. Which
// failures are among the first ones of the manifest is known only if every earlier receipt
// could be counted.
func (r *receiptRefs) compare() {
	p, t := r.part, r.sums
	if !p.hasSums() || t.incomplete {
		return
	}

	r.part = manifestPart{}

	if !sameTotals(p.Totals, t.totals) {
		r.v.fault(FaultInconsistent, r.name, "its totals are not the sum of its receipts'")
	}
	if p.Cost == (dsr.Cost{}) && t.cost != p.Cost { // an older version wrote the part
		r.v.costUnknown = true
	} else if p.Cost != t.cost {
		r.v.fault(FaultInconsistent, r.name, "its cost is not the sum of its receipts'")
	}
	if p.Succeeded != t.outcomes[dsr.Succeeded] || p.Failed != t.outcomes[dsr.Failed] || p.Canceled != t.outcomes[dsr.Canceled] {
		r.v.fault(FaultInconsistent, r.name, "it counts other outcomes than its receipts have")
	}
	if p.SubNodes != 0 && p.SubNodes != t.subNodes { // older parts don't count them
		r.v.fault(FaultInconsistent, r.name, "it counts other sub-nodes than its receipts name")
	}

	known := !r.v.tally.incomplete && !r.v.partsUnknown
	if known && (!slices.Equal(p.Failures, t.failures) || p.FailuresOmitted != t.failuresOmitted) {
		r.v.fault(FaultInconsistent, r.name, "its failures are not its receipts'")
	}
}

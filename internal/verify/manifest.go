package verify

import (
	"context"
	"fmt"
	"slices"

	"azureml-dsr/internal/dsr"
)

// readManifest reads the manifest; false when it can't be used.
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

	v.manifest, v.manifestBytes = m, s.body

	return true, nil
}

// checkCanceled checks that a canceled attempt has the record of its cancellation.
func (v *verifier) checkCanceled(ctx context.Context) error {
	if (v.manifest.Status == dsr.StatusRejected) != (v.manifest.Refusal != nil) {
		v.fault(FaultInconsistent, v.attempt.Manifest(), "an attempt has a refusal if it is rejected, and no other has one")
		return nil
	}
	if v.manifest.Refusal != nil {
		return v.checkRefusal(ctx, *v.manifest.Refusal)
	}
	if !v.canceled() {
		return nil
	}

	name := v.attempt.Cancel()
	s, err := load[dsr.CancelRecord](ctx, v, name)
	if s == nil || err != nil {
		return err
	}

	v.unvouched(name)

	if why := v.ownCancellation(*s); why != "" {
		v.fault(FaultInconsistent, name, "%s", why)
	}

	return nil
}

// checkPrevious checks the manifest of the attempt before against this one, and
// the order for this one against both. The previous run of a scheduled export belongs
// to another request, which is not here.
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

	return v.checkOrder(ctx, p.SHA256)
}

// checkOrder checks the order for an attempt after the first.
func (v *verifier) checkOrder(ctx context.Context, previous string) error {
	a := v.attempt
	order, err := load[dsr.Retry](ctx, v, a.Retry())
	if order == nil || err != nil {
		return err
	}

	v.unvouched(a.Retry())

	if why := v.ownOrder(*order); why != "" {
		v.fault(FaultInconsistent, a.Retry(), "%s", why)
	} else if order.value.Previous.SHA256 != previous {
		v.fault(FaultInconsistent, a.Retry(), "another manifest was the last one when it was ordered")
	}

	return nil
}

// knownRows reports whether totals have only rows of the catalogue. Other rows than those of
// zeros are the sums of receipts', or are not.
func (v *verifier) knownRows(t dsr.Totals) bool {
	for id, counts := range t {
		if counts == (dsr.Counts{}) && len(v.opts.Rows) > 0 && !slices.Contains(v.opts.Rows, id) {
			return false
		}
	}
	return true
}

// checkTotals checks the manifest's figures against those of its receipts. If a
// receipt is missing or changed, the sums prove nothing.
func (v *verifier) checkTotals() {
	m, t, name := v.manifest, v.tally, v.attempt.Manifest()
	if !v.knownRows(m.Totals) {
		v.fault(FaultInconsistent, name, "its totals have a row that the catalogue does not have")
	}
	if t.incomplete || v.partsUnknown {
		return
	}

	if !sameTotals(m.Totals, t.totals) {
		v.fault(FaultInconsistent, name, "its totals are not the sum of its receipts'")
	}
	if !slices.Equal(m.Failures, t.failures) || m.FailuresOmitted != t.failuresOmitted {
		v.fault(FaultInconsistent, name, "its failures are not its receipts'")
	}
	if stated := m.Cost != (dsr.Cost{}); stated && !v.costUnknown && m.Cost != t.cost {
		v.fault(FaultInconsistent, name, "its cost is not the sum of its receipts'")
	}
	if m.SubjectMatches != t.matches {
		v.fault(FaultInconsistent, name, "its subjectMatches are not the sum of its receipts'")
	}
	if !v.canceled() && m.Status != t.status() {
		v.fault(FaultInconsistent, name, "its status does not follow from its receipts")
	}
}

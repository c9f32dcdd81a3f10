package verify

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// checkRefusal checks that a rejected attempt has the record of its refusal, and that nothing
// of it was deleted.
func (v *verifier) checkRefusal(ctx context.Context, r dsr.Refusal) error {
	name := v.attempt.Cancel()
	s, err := loadVouched[dsr.CancelRecord](ctx, v, name, r.SHA256, "manifest.json")
	if s == nil || err != nil {
		return err
	}

	if why := v.ownCancellation(*s); why != "" {
		v.fault(FaultInconsistent, name, "%s", why)
	}
	c := s.value
	if !c.Refused || c.Reason != r.Reason || !c.At.Equal(r.RefusedAt) {
		v.fault(FaultInconsistent, v.attempt.Manifest(), "its refusal is not what cancel.json says")
	}
	if v.manifest.Totals.AnyDeletion() {
		v.fault(FaultInconsistent, v.attempt.Manifest(), "it is rejected although a deletion had begun")
	}

	return nil
}

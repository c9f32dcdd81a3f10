package ledger

import (
	"context"
	"encoding/json"

	"azureml-dsr/internal/dsr"
)

// checkDeletion holds what a request that deletes has recorded beside its
// receipts: the plan of what was to be deleted, and its approval.
func (v *verifier) checkDeletion(ctx context.Context) error {
	m, a := v.manifest, v.attempt
	if m.DeletionPlan == nil {
		return nil
	}
	plan, err := loadVouched[dsr.DeletionPlan](ctx, v, a.DeletionPlan(), m.DeletionPlan.SHA256, "manifest.json")
	if err != nil {
		return err
	}
	if plan != nil && (plan.value.RequestID != a.RequestID || plan.value.Attempt != a.Number) {
		v.fault(FaultInconsistent, a.DeletionPlan(), "it is the plan of another attempt")
	}
	if m.Approval == nil {
		return nil
	}
	approval, err := loadVouched[dsr.Approval](ctx, v, a.Approval(), m.Approval.SHA256, "manifest.json")
	if approval != nil && approval.value.PlanSHA256 != m.DeletionPlan.SHA256 {
		v.fault(FaultInconsistent, a.Approval(), "it approves another plan")
	}
	return err
}

// compareDeletions holds the proofs that a receipt repeats against its part.
func (c *receiptCheck) compareDeletions(derived dsr.Receipt) {
	r := c.receipt
	same := r.Counted == derived.Counted && r.Matching == derived.Matching && len(r.Deletions) == len(derived.Deletions)
	for i := 0; same && i < len(r.Deletions); i++ {
		same = equalJSON(r.Deletions[i], derived.Deletions[i])
	}
	if !same {
		c.v.fault(FaultInconsistent, c.name, "its deletions or counts are not those of its parts")
	}
}

// equalJSON compares values that hold times by what is stored of them.
func equalJSON(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

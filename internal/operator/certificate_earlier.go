package operator

import (
	"context"
	"slices"

	"azureml-dsr/internal/dsr"
)

// EarlierResult is what an attempt before the certified one has deleted. It has a plan,
// an approval and a manifest of its own.
type EarlierResult struct {
	Attempt        int            `json:"attempt"`
	ApprovedBy     string         `json:"approvedBy"`
	PlanSHA256     string         `json:"planSha256"`
	ManifestSHA256 string         `json:"manifestSha256"`
	Rows           []CertifiedRow `json:"rows"` // those that have deleted something
}

// earlierResults returns what the attempts before a have deleted, the latest first.
func (o *Operator) earlierResults(ctx context.Context, a dsr.Attempt) ([]EarlierResult, error) {
	out := []EarlierResult{}
	for a = a.Before(); a.Number > 0; a = a.Before() {
		m, sum, closed, err := o.ledger.Manifest(ctx, a)
		if err != nil {
			return nil, err
		}
		if !closed || m.DeletionPlan == nil {
			continue
		}

		r, err := o.earlierResult(ctx, a, m)
		if err != nil {
			return nil, err
		}

		r.ManifestSHA256 = sum
		out = append(out, r)
	}
	return out, nil
}

func (o *Operator) earlierResult(ctx context.Context, a dsr.Attempt, m dsr.Manifest) (EarlierResult, error) {
	plan, _, _, err := o.ledger.DeletionPlan(ctx, a)
	if err != nil {
		return EarlierResult{}, err
	}
	approval, _, err := o.ledger.Approval(ctx, a)
	if err != nil {
		return EarlierResult{}, err
	}
	rows, err := o.certifiedRows(ctx, a, m, plan)
	if err != nil {
		return EarlierResult{}, err
	}

	return EarlierResult{
		Attempt:    a.Number,
		ApprovedBy: approval.ApprovedBy,
		PlanSHA256: m.DeletionPlan.SHA256,
		Rows:       slices.DeleteFunc(rows, func(r CertifiedRow) bool { return r.Deleted+r.AlreadyGone+r.TakenAlong == 0 }),
	}, nil
}

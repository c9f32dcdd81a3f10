package main

import (
	"context"
	"fmt"
	"slices"

	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
)

// earlier is what an attempt before the certified one has deleted: it was planned
// and approved by itself, and its own manifest vouches for it.
type earlier struct {
	Attempt        int            `json:"attempt"`
	ApprovedBy     string         `json:"approvedBy"`
	PlanSHA256     string         `json:"planSha256"`
	ManifestSHA256 string         `json:"manifestSha256"`
	Rows           []certifiedRow `json:"rows"` // those that have deleted something
}

// earlierAttempts gives what the attempts before one have deleted, the last one
// first.
func earlierAttempts(ctx context.Context, c *config.Connections, a dsr.Attempt) ([]earlier, error) {
	out := []earlier{}
	for a = a.Before(); a.Number > 0; a = a.Before() {
		m, sum, closed, err := c.Ledger.Manifest(ctx, a)
		if err != nil {
			return nil, err
		}
		if !closed || m.DeletionPlan == nil {
			continue
		}
		plan, _, _, err := c.Ledger.DeletionPlan(ctx, a)
		if err != nil {
			return nil, err
		}
		approval, _, err := c.Ledger.Approval(ctx, a)
		if err != nil {
			return nil, err
		}
		rows, err := certifiedRows(ctx, c, a, m, plan)
		if err != nil {
			return nil, err
		}
		rows = slices.DeleteFunc(rows, func(r certifiedRow) bool { return r.Deleted+r.AlreadyGone == 0 })
		out = append(out, earlier{Attempt: a.Number, ApprovedBy: approval.ApprovedBy, PlanSHA256: m.DeletionPlan.SHA256, ManifestSHA256: sum, Rows: rows})
	}
	return out, nil
}

func (e earlier) print(a *cli) {
	printFields(a.Out, "earlier", fmt.Sprintf("attempt=%d", e.Attempt), "approvedBy="+orDash(e.ApprovedBy), "plan="+e.PlanSHA256, "manifest="+e.ManifestSHA256)
	for _, r := range e.Rows {
		fields := []string{"earlier", r.Endpoint, r.Type, fmt.Sprintf("deleted=%d", r.Deleted)}
		if r.AlreadyGone > 0 {
			fields = append(fields, fmt.Sprintf("alreadyGone=%d", r.AlreadyGone))
		}
		printFields(a.Out, fields...)
	}
}

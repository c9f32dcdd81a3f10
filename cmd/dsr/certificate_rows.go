package main

import (
	"context"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// certifiedRow is what became of the things of one row: together as many as the
// plan names.
type certifiedRow struct {
	Endpoint    string `json:"endpoint"`
	Type        string `json:"type"`
	Deleted     int    `json:"deleted"`
	AlreadyGone int    `json:"alreadyGone"`
	Held        int    `json:"held"`
	Failed      int    `json:"failed"`
	Canceled    int    `json:"canceled"`
}

// certifiedRows counts what the receipts prove that the manifest vouches for, and
// what of the plan is left over.
func certifiedRows(ctx context.Context, c *connections, attempt dsr.Attempt, m dsr.Manifest) ([]certifiedRow, error) {
	plan, _, _, err := c.Ledger.DeletionPlan(ctx, attempt)
	if err != nil {
		return nil, err
	}
	proved := map[string]map[string]int{}
	for d, err := range c.Ledger.Deletions(ctx, attempt, m) {
		if err != nil {
			return nil, err
		}
		if proved[d.Endpoint] == nil {
			proved[d.Endpoint] = map[string]int{}
		}
		proved[d.Endpoint][d.Outcome]++
	}
	var out []certifiedRow
	for _, d := range azureml.Deletions() {
		of := proved[d.ID]
		row := certifiedRow{
			Endpoint: d.ID, Type: d.Type,
			Deleted: of[dsr.OutcomeDeleted], AlreadyGone: of[dsr.OutcomeAlreadyGone], Held: of[dsr.OutcomeHeld],
		}
		row.addRest(plan, m)
		out = append(out, row)
	}
	return out, nil
}

// addRest counts what is neither deleted nor held: also what was given up without
// a proof, alone or with its whole stage. A dry run leaves nothing over, for it
// was to delete nothing.
func (r *certifiedRow) addRest(plan dsr.DeletionPlan, m dsr.Manifest) {
	refused := int(m.Totals[r.Endpoint].Failed) - r.Held
	rest := -r.Deleted - r.AlreadyGone - r.Held
	for _, stage := range plan.Stages {
		if stage.Endpoint == r.Endpoint {
			rest += len(stage.Items)
		}
	}
	switch {
	case m.DeletionPlan == nil: // each stage was given up before its things were named
		r.Failed = refused
	case plan.DryRun:
	case m.Status == dsr.StatusCanceled:
		r.Failed, r.Canceled = refused, rest-refused
	default:
		r.Failed = rest
	}
}

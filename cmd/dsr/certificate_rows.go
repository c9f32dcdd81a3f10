package main

import (
	"context"
	"slices"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
)

// certifiedRow is what became of the things of one row: together as many as the
// plan names.
type certifiedRow struct {
	Endpoint    string `json:"endpoint"`
	Type        string `json:"type"`
	Deleted     int    `json:"deleted"`
	AlreadyGone int    `json:"alreadyGone"`
	SoftDeleted int    `json:"softDeleted"` // gone, and perhaps kept by the service
	Held        int    `json:"held"`
	Failed      int    `json:"failed"`
	Canceled    int    `json:"canceled"`
}

// whole tells whether all that the plan names is deleted.
func (r certifiedRow) whole() bool { return r.SoftDeleted+r.Held+r.Failed+r.Canceled == 0 }

// certifiedRows counts what the receipts prove that the manifest vouches for, and
// what of the plan is left over.
func certifiedRows(ctx context.Context, c *config.Connections, attempt dsr.Attempt, m dsr.Manifest, deletions dsr.DeletionPlan) ([]certifiedRow, error) {
	plan, _, err := c.Ledger.Plan(ctx, attempt)
	if err != nil {
		return nil, err
	}
	shown := certifiedBy(plan)
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
	out := []certifiedRow{}
	for _, d := range azureml.DeleteOperations() {
		if !shown(d) {
			continue
		}
		of := proved[d.ID]
		row := certifiedRow{
			Endpoint: d.ID, Type: d.Type,
			Deleted: of[dsr.OutcomeDeleted], AlreadyGone: of[dsr.OutcomeAlreadyGone], SoftDeleted: of[dsr.OutcomeSoftDeleted], Held: of[dsr.OutcomeHeld],
		}
		row.addRest(deletions, m)
		out = append(out, row)
	}
	return out, nil
}

// certifiedBy tells which rows a certificate has: all of the first generation where a
// plan deletes there, or deletes nothing and looked there; of the second, which has
// many, those that the plan names.
func certifiedBy(plan dsr.Plan) func(azureml.DeleteOperation) bool {
	named, second := map[string]bool{}, false
	for _, n := range plan.Nodes {
		typ, deletes := dsr.Deletes(n.Type)
		named[typ] = named[typ] || deletes
		second = second || generationOfType(typ) == secondGeneration
	}
	rows := slices.DeleteFunc(azureml.DeleteOperations(), func(d azureml.DeleteOperation) bool { return !named[d.Type] })
	first := slices.ContainsFunc(rows, func(d azureml.DeleteOperation) bool { return generationOf(d.ID) == firstGeneration })
	return func(d azureml.DeleteOperation) bool {
		if generationOf(d.ID) == firstGeneration {
			return first || len(rows) == 0 && !second
		}
		return named[d.Type]
	}
}

// addRest counts what has no outcome of its own: also what was given up without
// a proof, alone or with its whole stage. A dry run leaves nothing over, for it
// was to delete nothing.
func (r *certifiedRow) addRest(plan dsr.DeletionPlan, m dsr.Manifest) {
	refused := int(m.Totals[r.Endpoint].Failed) - r.Held - r.SoftDeleted
	rest := -r.Deleted - r.AlreadyGone - r.SoftDeleted - r.Held
	for _, stage := range plan.Stages {
		if stage.Endpoint == r.Endpoint {
			rest += stage.Things()
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

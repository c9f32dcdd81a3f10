package operator

import (
	"context"
	"slices"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// CertifiedRow is what became of the things of one row: together as many as the plan
// names.
type CertifiedRow struct {
	Endpoint    string `json:"endpoint"`
	Type        string `json:"type"`
	Deleted     int    `json:"deleted"`
	AlreadyGone int    `json:"alreadyGone"`
	SoftDeleted int    `json:"softDeleted"` // gone, and perhaps kept by the service
	Held        int    `json:"held"`
	Failed      int    `json:"failed"`
	Canceled    int    `json:"canceled"`
}

// whole reports whether all that the plan names is deleted.
func (r CertifiedRow) whole() bool { return r.SoftDeleted+r.Held+r.Failed+r.Canceled == 0 }

// certifiedRows counts what the receipts prove that the manifest vouches for, and
// what of the plan is left over.
func (o *Operator) certifiedRows(ctx context.Context, attempt dsr.Attempt, m dsr.Manifest, deletions dsr.DeletionPlan) ([]CertifiedRow, error) {
	plan, _, err := o.ledger.Plan(ctx, attempt)
	if err != nil {
		return nil, err
	}
	proved, err := o.provedOutcomes(ctx, attempt, m)
	if err != nil {
		return nil, err
	}

	shown := certifiedBy(plan)
	out := []CertifiedRow{}
	for _, d := range azureml.DeleteOperations() {
		if !shown(d) {
			continue
		}

		outcomes := proved[d.ID]
		row := CertifiedRow{
			Endpoint:    d.ID,
			Type:        d.Type,
			Deleted:     outcomes[dsr.OutcomeDeleted],
			AlreadyGone: outcomes[dsr.OutcomeAlreadyGone],
			SoftDeleted: outcomes[dsr.OutcomeSoftDeleted],
			Held:        outcomes[dsr.OutcomeHeld],
		}

		row.addRest(deletions, m)
		out = append(out, row)
	}

	return out, nil
}

// provedOutcomes counts what the receipts prove, by row and outcome.
func (o *Operator) provedOutcomes(ctx context.Context, attempt dsr.Attempt, m dsr.Manifest) (map[string]map[string]int, error) {
	proved := map[string]map[string]int{}
	for d, err := range o.ledger.Deletions(ctx, attempt, m) {
		if err != nil {
			return nil, err
		}
		if proved[d.Endpoint] == nil {
			proved[d.Endpoint] = map[string]int{}
		}
		proved[d.Endpoint][d.Outcome]++
	}
	return proved, nil
}

// certifiedBy returns which rows a certificate has: all of the first generation where
// a plan deletes there, or deletes nothing and looked there; of the second, which has
// many, those that the plan names.
func certifiedBy(plan dsr.Plan) func(azureml.DeleteOperation) bool {
	named, second := map[string]bool{}, false
	for _, n := range plan.Nodes {
		typ, deletes := dsr.Deletes(n.Type)
		named[typ] = named[typ] || deletes
		second = second || azureml.GenerationOfType(typ) == azureml.SecondGeneration
	}

	rows := slices.DeleteFunc(azureml.DeleteOperations(), func(d azureml.DeleteOperation) bool { return !named[d.Type] })
	first := slices.ContainsFunc(rows, isFirst) || (len(rows) == 0 && !second)

	return func(d azureml.DeleteOperation) bool {
		if isFirst(d) {
			return first
		}
		return named[d.Type]
	}
}

func isFirst(d azureml.DeleteOperation) bool {
	return azureml.GenerationOf(d.ID) == azureml.FirstGeneration
}

// addRest counts what has no outcome of its own: also what was given up without a
// proof, alone or with its whole stage. A dry run leaves nothing over, for it was to
// delete nothing.
func (r *CertifiedRow) addRest(plan dsr.DeletionPlan, m dsr.Manifest) {
	failures := int(m.Totals[r.Endpoint].Failed) - r.Held - r.SoftDeleted
	rest := -r.Deleted - r.AlreadyGone - r.SoftDeleted - r.Held
	for _, stage := range plan.Stages {
		if stage.Endpoint == r.Endpoint {
			rest += stage.Things()
		}
	}

	switch {
	case m.DeletionPlan == nil: // each stage was given up before its things were named
		r.Failed = failures
	case plan.DryRun:
	case m.Status == dsr.StatusCanceled:
		r.Failed, r.Canceled = failures, rest-failures
	default:
		r.Failed = rest
	}
}

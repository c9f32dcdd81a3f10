package operator

import (
	"context"
	"slices"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// CertifiedRow counts what became of the planned things of one row of the catalogue. The
// counts add up to the number that the plan names.
type CertifiedRow struct {
	Endpoint    string `json:"endpoint"`
	Type        string `json:"type"`
	Deleted     int    `json:"deleted"`
	AlreadyGone int    `json:"alreadyGone"`          // somebody else had deleted it
	TakenAlong  int    `json:"takenAlong,omitempty"` // it went with something that this request deleted
	SoftDeleted int    `json:"softDeleted"`          // gone, and perhaps kept by the service
	Held        int    `json:"held"`
	Failed      int    `json:"failed"`
	Canceled    int    `json:"canceled"`
}

// whole reports whether everything that the plan names is deleted.
func (r CertifiedRow) whole() bool { return r.SoftDeleted+r.Held+r.Failed+r.Canceled == 0 }

// certifiedRows counts the outcomes that the manifest's receipts prove, and the planned
// things that have no outcome.
func (o *Operator) certifiedRows(ctx context.Context, attempt dsr.Attempt, m dsr.Manifest, deletions dsr.DeletionPlan) ([]CertifiedRow, error) {
	plan, _, err := o.ledger.Plan(ctx, attempt)
	if err != nil {
		return nil, err
	}
	proved, along, err := o.provedOutcomes(ctx, attempt, m)
	if err != nil {
		return nil, err
	}
	taken, err := o.takenAlong(ctx, deletions, along)
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
			AlreadyGone: outcomes[dsr.OutcomeAlreadyGone] - taken[d.ID],
			TakenAlong:  taken[d.ID],
			SoftDeleted: outcomes[dsr.OutcomeSoftDeleted],
			Held:        outcomes[dsr.OutcomeHeld],
		}

		row.addRest(deletions, m)
		out = append(out, row)
	}

	return out, nil
}

// provedOutcomes counts what the receipts prove, by row and outcome, and notes what may have
// gone with something else.
func (o *Operator) provedOutcomes(ctx context.Context, attempt dsr.Attempt, m dsr.Manifest) (map[string]map[string]int, *companions, error) {
	proved, along := map[string]map[string]int{}, &companions{}
	for d, err := range o.ledger.Deletions(ctx, attempt, m) {
		if err != nil {
			return nil, nil, err
		}
		if proved[d.Endpoint] == nil {
			proved[d.Endpoint] = map[string]int{}
		}
		proved[d.Endpoint][d.Outcome]++
		along.add(d)
	}
	return proved, along, nil
}

// certifiedBy returns which rows a certificate has. It has all rows of the service's
// first generation where the plan deletes from it, and where the plan deletes nothing and
// reads only from it. Of the second generation, which has many rows, it has those that the
// plan names.
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

// addRest counts the things that have no proven outcome as failed or canceled. Among them
// are things that were given up, alone or with their whole stage. A dry run has none,
// because it deletes nothing.
func (r *CertifiedRow) addRest(plan dsr.DeletionPlan, m dsr.Manifest) {
	failures := int(m.Totals[r.Endpoint].Failed) - r.Held - r.SoftDeleted
	rest := -r.Deleted - r.AlreadyGone - r.TakenAlong - r.SoftDeleted - r.Held
	for _, stage := range plan.Stages {
		if stage.Endpoint == r.Endpoint {
			rest += stage.Things()
		}
	}

	switch {
	case m.DeletionPlan == nil: // each stage was given up before its things were named
		r.Failed = failures
	case plan.DryRun:
	case m.Status.Stopped():
		r.Failed, r.Canceled = failures, rest-failures
	default:
		r.Failed = rest
	}
}

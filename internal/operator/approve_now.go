package operator

import (
	"context"
	"iter"
	"time"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// keptTime is how long one call looks for the documents that holds name.
const keptTime = 2 * time.Minute

// addKept adds what holds keep now of a plan, whether they were there when it was made or
// not, and counts what is deleted.
func (o *Operator) addKept(ctx context.Context, p *PlannedDeletion, request dsr.RequestRecord) error {
	attempt := dsr.Attempt{RequestID: p.Plan.RequestID, Number: p.Plan.Attempt}
	plan, _, err := o.ledger.Plan(ctx, attempt)
	if err != nil {
		return err
	}
	holds, err := o.ledger.Holds(ctx)
	if err != nil {
		return err
	}

	holds = append(holds, request.Holds()...)
	kept, done, err := o.ledger.Kept(ctx, plan, p.Plan, heldRows(), holds, o.now(), time.Now().Add(keptTime))
	if err != nil {
		return err
	}
	if !done {
		return refused("request %s has too many pages to be searched at once for what holds name; run it again, and it goes on", attempt.RequestID)
	}

	p.kept, p.Held = kept, []dsr.Held{}
	for t, err := range o.things(ctx, p.Plan) {
		if err != nil {
			return err
		}
		h, held, err := kept.By(t.stage, t.Planned)
		if err != nil {
			return err
		}

		switch {
		case !held:
			p.Deletes++
		case len(p.Held) == dsr.MaxHeld:
			p.HeldOmitted++
		default:
			p.Held = append(p.Held, dsr.NewHeld(t.stage, t.Planned, h))
		}
	}

	return nil
}

// heldRows are what holds need to know of the rows of deletions.
func heldRows() []dsr.DeletionType {
	var rows []dsr.DeletionType
	for _, d := range azureml.DeleteOperations() {
		row := dsr.DeletionType{ID: d.ID, Type: d.Type, Inner: d.Inner}
		if d.ItemsOf != "" {
			of, _ := azureml.Find(d.ItemsOf)
			row.ItemsOf = of.Type
		}
		rows = append(rows, row)
	}
	return rows
}

// plannedThing is a thing with its stage.
type plannedThing struct {
	dsr.Planned
	stage dsr.Deletions
}

// things returns everything that a plan names, in its order.
func (o *Operator) things(ctx context.Context, plan dsr.DeletionPlan) iter.Seq2[plannedThing, error] {
	attempt := dsr.Attempt{RequestID: plan.RequestID, Number: plan.Attempt}
	return func(yield func(plannedThing, error) bool) {
		for _, stage := range plan.Stages {
			for thing, err := range o.ledger.PlannedThings(ctx, attempt, stage) {
				if !yield(plannedThing{thing, stage}, err) || err != nil {
					return
				}
			}
		}
	}
}

// Deleted returns what a plan deletes now, in its order: all that it names but what holds
// keep.
func (o *Operator) Deleted(ctx context.Context, p PlannedDeletion) iter.Seq2[dsr.Planned, error] {
	return func(yield func(dsr.Planned, error) bool) {
		for t, err := range o.things(ctx, p.Plan) {
			held := false
			if err == nil {
				_, held, err = p.kept.By(t.stage, t.Planned)
			}
			if held {
				continue
			}
			if !yield(t.Planned, err) || err != nil {
				return
			}
		}
	}
}

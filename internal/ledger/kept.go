package ledger

import (
	"context"
	"time"

	"azureml-dsr/internal/dsr"
)

// Kept returns what holds keep of a deletion plan. False means that the time was over
// before all pages were searched for the documents that holds name.
func (l *Ledger) Kept(ctx context.Context, plan dsr.Plan, deletions dsr.DeletionPlan, rows []dsr.DeletionType, holds []dsr.Hold, now, until time.Time) (kept *dsr.Kept, done bool, err error) {
	var ids []string
	for _, h := range dsr.HoldsAt(holds, now) {
		if !h.OnScope() {
			ids = append(ids, h.On)
		}
	}
	places, err := l.Places(ctx, plan, "", ids, until)
	if err != nil || !places.Done {
		return nil, false, err
	}

	kept = dsr.NewKept(holds, now, rows, places.Of)
	if !kept.Any() {
		return kept, true, nil
	}

	a := dsr.Attempt{RequestID: plan.RequestID, Number: plan.Attempt}
	for _, d := range deletions.Stages {
		for thing, err := range l.PlannedThings(ctx, a, d) {
			if err != nil {
				return nil, false, err
			}
			if err := kept.Note(d, thing); err != nil {
				return nil, false, err
			}
		}
	}

	return kept, true, nil
}

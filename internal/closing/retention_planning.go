package closing

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// forgetPlanning removes leftover planning of closed attempts. A reconciler that lost its
// claim may have saved its progress after another one closed the attempt and removed all
// progress. It takes one listing, which is empty when nothing is being planned.
func (r *Retention) forgetPlanning(ctx context.Context, failed *failures) {
	for a, err := range r.Ledger.ListPlanning(ctx) {
		if err == nil {
			err = r.forgetPlanningOf(ctx, a)
		}
		if err != nil && ctx.Err() == nil {
			failed.add(err)
			r.Logger.ErrorContext(ctx, "could not remove what is left of a plan's making",
				"requestId", a.RequestID, "attempt", a.Number, "error", err.Error())
		}
	}
}

func (r *Retention) forgetPlanningOf(ctx context.Context, a dsr.Attempt) error {
	_, _, closed, err := r.Ledger.Manifest(ctx, a)
	if err != nil || !closed {
		return err
	}
	return r.Ledger.RemovePlanning(ctx, a)
}

package closing

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// forgetPlanning removes what is left of the planning of attempts that are closed. A
// reconciler that lost its claim while it planned may have saved it after another one had
// closed the attempt and removed all. One listing looks for it: where nothing is planned
// it finds nothing.
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

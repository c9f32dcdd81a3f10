package ledger

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// Plan gives an attempt's plan; false when there is none yet. It is kept: every
// task of an attempt asks for it.
func (l *Ledger) Plan(ctx context.Context, a dsr.Attempt) (dsr.Plan, bool, error) {
	if p, ok := l.plans.get(a); ok {
		return p, true, nil
	}
	p, _, found, err := read[dsr.Plan](ctx, l.audit, a.Plan())
	if err == nil && found {
		l.plans.put(a, p)
	}
	return p, found, err
}

// RecordPlan records a plan and gives the stored one.
func (l *Ledger) RecordPlan(ctx context.Context, p dsr.Plan) (dsr.Plan, error) {
	stored, _, err := record(ctx, l.audit, dsr.Attempt{RequestID: p.RequestID, Number: p.Attempt}.Plan(), p, nil)
	return stored, err
}

package ledger

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// cachedNodes is how many nodes the cached plans of a process have in total, a few
// mebibytes. A larger plan is cached alone.
const cachedNodes = 20_000

// newPlans returns the cache of plans.
func newPlans() cache[dsr.Attempt, dsr.Plan] {
	return cache[dsr.Attempt, dsr.Plan]{limit: cachedNodes, weigh: func(p dsr.Plan) int { return 1 + len(p.Nodes) }}
}

// foundPlan is the result of reading a plan.
type foundPlan struct {
	plan  dsr.Plan
	found bool
}

// Plan returns an attempt's plan, or false when there is none yet. It is cached because
// every task needs it, and concurrent callers share one read.
func (l *Ledger) Plan(ctx context.Context, a dsr.Attempt) (dsr.Plan, bool, error) {
	if p, ok := l.plans.get(a); ok {
		return p, true, nil
	}

	shared, err := readOnce(ctx, &l.planReads, a.Plan(), func() (foundPlan, error) {
		p, _, found, err := read[dsr.Plan](ctx, l.audit, a.Plan())
		if err == nil && found {
			l.plans.put(a, p)
		}
		return foundPlan{p, found}, err
	})
	return shared.plan, shared.found, err
}

// RecordPlan records a plan and returns the stored one.
func (l *Ledger) RecordPlan(ctx context.Context, p dsr.Plan) (dsr.Plan, error) {
	stored, _, err := record(ctx, l.audit, dsr.Attempt{RequestID: p.RequestID, Number: p.Attempt}.Plan(), p, nil)
	return stored, err
}

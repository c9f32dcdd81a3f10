package ledger

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// cachedNodes is how many nodes the plans that a process keeps have in all: some
// mebibytes. A plan that is larger is kept alone.
const cachedNodes = 20_000

// newPlans makes the cache of plans.
func newPlans() cache[dsr.Attempt, dsr.Plan] {
	return cache[dsr.Attempt, dsr.Plan]{limit: cachedNodes, weigh: func(p dsr.Plan) int { return 1 + len(p.Nodes) }}
}

// foundPlan is what a look for a plan gives.
type foundPlan struct {
	plan  dsr.Plan
	found bool
}

// Plan returns an attempt's plan; false when there is none yet. It is kept: every
// task of an attempt asks for it. Those that ask at once read it once.
func (l *Ledger) Plan(ctx context.Context, a dsr.Attempt) (dsr.Plan, bool, error) {
	if p, ok := l.plans.get(a); ok {
		return p, true, nil
	}

	read, err := readOnce(ctx, &l.planReads, a.Plan(), func() (foundPlan, error) {
		p, _, found, err := read[dsr.Plan](ctx, l.audit, a.Plan())
		if err == nil && found {
			l.plans.put(a, p)
		}
		return foundPlan{p, found}, err
	})
	return read.plan, read.found, err
}

// RecordPlan records a plan and gives the stored one.
func (l *Ledger) RecordPlan(ctx context.Context, p dsr.Plan) (dsr.Plan, error) {
	stored, _, err := record(ctx, l.audit, dsr.Attempt{RequestID: p.RequestID, Number: p.Attempt}.Plan(), p, nil)
	return stored, err
}

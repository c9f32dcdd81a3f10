package ledger

import (
	"context"
	"sync"

	"azureml-dsr/internal/dsr"
)

// cachedPlans is how many plans a process keeps: a plan never changes once it
// is recorded, and every task of an attempt asks for it.
const cachedPlans = 8

// planCache keeps the plans that were read last. Its zero value is empty.
type planCache struct {
	mu    sync.Mutex
	order []dsr.Attempt
	plans map[dsr.Attempt]dsr.Plan
}

func (c *planCache) get(a dsr.Attempt) (dsr.Plan, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, ok := c.plans[a]
	return p, ok
}

func (c *planCache) put(a dsr.Attempt, p dsr.Plan) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.plans == nil {
		c.plans = map[dsr.Attempt]dsr.Plan{}
	}
	if _, ok := c.plans[a]; ok {
		return
	}
	if len(c.order) == cachedPlans {
		delete(c.plans, c.order[0])
		c.order = c.order[1:]
	}
	c.order, c.plans[a] = append(c.order, a), p
}

// Plan gives an attempt's plan; false when there is none yet.
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

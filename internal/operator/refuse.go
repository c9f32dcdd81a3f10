package operator

import (
	"context"
	"strings"
)

// RefusalOrder refuses a deletion plan.
type RefusalOrder struct {
	ID     string
	By     string // who refuses
	Reason string
}

// Check returns what is wrong with the order, as far as the order alone shows.
func (o RefusalOrder) Check() error {
	if strings.TrimSpace(o.By) == "" {
		return invalid("by", "by is missing: a refusal names who refuses")
	}
	return checkReason(o.Reason, "whoever asked must know it")
}

// Refuse cancels a request whose deletion plan waits for an approval. Nothing of it is
// deleted. The error is Refused where no plan waits.
func (o *Operator) Refuse(ctx context.Context, order RefusalOrder) (Canceled, error) {
	if err := order.Check(); err != nil {
		return Canceled{}, err
	}
	attempt, err := o.latestAttempt(ctx, order.ID)
	if err != nil {
		return Canceled{}, err
	}

	_, _, planned, err := o.ledger.DeletionPlan(ctx, attempt)
	if err != nil {
		return Canceled{}, err
	}
	if !planned {
		return Canceled{}, refused("request %s has no deletion plan that could be refused; it can be canceled", order.ID)
	}
	if err := o.awaitsApproval(ctx, attempt); err != nil {
		return Canceled{}, err
	}

	return o.Cancel(ctx, CancelOrder{ID: order.ID, Reason: order.Reason, By: order.By})
}

package operator

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// RefusalOrder refuses a request.
type RefusalOrder struct {
	ID     string
	By     string // who refuses, for the record; may be empty
	Reason string
}

// Check returns what is wrong with the order, as far as the order alone shows.
func (o RefusalOrder) Check() error {
	if err := checkBy(o.By); err != nil {
		return err
	}
	return checkReason(o.Reason, "article 12(4) wants whoever asked to be told why")
}

// Refuse records that a request is refused, and wakes the reconciler, which closes it as
// rejected. An export can be refused until it is closed, a request that deletes until its
// plan is approved or its first deletion begins; afterwards the error is Refused.
func (o *Operator) Refuse(ctx context.Context, order RefusalOrder) (Canceled, error) {
	if err := order.Check(); err != nil {
		return Canceled{}, err
	}
	if err := o.mayRefuse(ctx, order.ID); err != nil {
		return Canceled{}, err
	}

	return o.stop(ctx, stop{
		CancelOrder: CancelOrder{ID: order.ID, Reason: order.Reason, By: order.By},
		refuses:     true,
	})
}

// mayRefuse returns why a request can't be refused any more, nil when it can. Of a request
// that is not recorded yet nothing stands in the way.
func (o *Operator) mayRefuse(ctx context.Context, id string) error {
	attempt, err := o.latestAttempt(ctx, id)
	if KindOf(err) == NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	_, _, planned, err := o.ledger.DeletionPlan(ctx, attempt)
	if err != nil || !planned {
		return err
	}

	stopped, err := o.ledger.Canceled(ctx, attempt)
	if err != nil || stopped {
		return err // the record says whether it is refused already
	}
	if err := o.awaitsApproval(ctx, attempt); err != nil {
		return err
	}

	return o.nothingDeleted(ctx, attempt)
}

// nothingDeleted returns a Refused error where the first deletion has begun.
func (o *Operator) nothingDeleted(ctx context.Context, attempt dsr.Attempt) error {
	plan, _, err := o.ledger.Plan(ctx, attempt)
	if err != nil {
		return err
	}
	state, err := o.openState(ctx, plan)
	if err == nil && state != StateAwaitingApproval {
		err = refused("request %s has begun to delete; it can be canceled", attempt.RequestID)
	}
	return err
}

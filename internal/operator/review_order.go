package operator

import (
	"cmp"
	"context"
	"strings"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/personcopy"
)

// reviewOf returns which review a copy needs, and how many decisions count where it needs
// none.
func (o *Operator) reviewOf(ctx context.Context, order CopyOrder) (review string, decisions int, err error) {
	request, _, err := o.Request(ctx, order.ID)
	if err != nil {
		return "", 0, err
	}
	review = request.Review
	if order.Review {
		review = cmp.Or(review, dsr.ReviewRequired)
	}
	if review == dsr.ReviewSecondPerson && strings.TrimSpace(order.By) == "" {
		return "", 0, invalid("by", "another person must review this copy: say who orders it")
	}
	if review != "" {
		return review, 0, nil
	}

	made, err := o.ledger.ReviewDecisions(ctx, order.ID, -1)
	return "", len(made), err
}

// addDecisions adds what people have decided to a copy that is made here, of the documents up
// to an attempt. The error is Refused where a review is required, and nobody has released a
// copy of the same documents, or it was revoked since.
func (o *Operator) addDecisions(ctx context.Context, last dsr.Attempt, order *personcopy.Order) error {
	id := last.RequestID
	request, _, err := o.Request(ctx, id)
	if err != nil {
		return err
	}
	c, found, err := o.ledger.LatestCopy(ctx, id)
	if err != nil {
		return err
	}

	count := -1
	withdrawn := c.End != nil && c.End.Why != dsr.CopyExpired
	switch released := found && c.Release != nil && c.Order.Attempt == last.Number && !withdrawn; {
	case released:
		count, order.Reviewed = c.Release.Decisions, true
	case request.Review != "":
		return refused("the copy of request %s must be reviewed before anybody gets it: order it by `dsr copy %s --deliver`, then `dsr review %s`", id, id, id)
	}
	decisions, err := o.ledger.ReviewDecisions(ctx, id, count)
	for _, d := range decisions {
		order.Decisions.Add(d)
	}
	return err
}

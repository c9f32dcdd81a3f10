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
// to an attempt, and closes what its policy leaves open. The error is Refused where a review is
// required, and nobody has released a copy of the same documents, or it was revoked since. It is
// Refused, too, where a copy was released that leaves out what this one would have.
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
	case released && order.Policy.Exceeds(c.Order.Policy):
		return refused("the copy of request %s was reviewed without what this one would have: revoke it, and order another by `dsr copy %s --deliver --review`", id, id)
	case released:
		count, order.Reviewed = c.Release.Decisions, true
		order.Policy = order.Policy.Or(c.Order.Policy).Or(dsr.SafePolicy())
	case request.Review != "":
		return refused("the copy of request %s must be reviewed before anybody gets it: order it by `dsr copy %s --deliver`, then `dsr review %s`", id, id, id)
	}
	order.Policy = order.Policy.Or(o.copies)

	decisions, err := o.ledger.ReviewDecisions(ctx, id, count)
	for _, d := range decisions {
		order.Decisions.Add(d)
	}
	return err
}

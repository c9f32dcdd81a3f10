package operator

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// unlisted returns which of the places are not on the list of a copy.
func (o *Operator) unlisted(ctx context.Context, c ledger.PersonCopy, ids []string) ([]string, error) {
	missing := map[string]bool{}
	for _, id := range ids {
		missing[id] = true
	}
	err := o.ledger.EachPlace(ctx, c.Name(), 0, func(p dsr.ReviewPlace, _ int64) bool {
		delete(missing, p.ID)
		return len(missing) > 0
	})
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !missing[id] }), err
}

// DecisionOrder decides about uncertain places: about some, or about all of a rule.
type DecisionOrder struct {
	ID      string
	Verdict dsr.Verdict
	Places  []string
	Rule    dsr.ReviewRule
	By      string // who decides
}

// Decide records a decision about uncertain places of a request's copies. The error is Refused
// where the last copy is released, or made: another one follows what is decided next.
func (o *Operator) Decide(ctx context.Context, order DecisionOrder) (Review, error) {
	decision := dsr.ReviewDecision{
		RequestID: order.ID,
		Verdict:   order.Verdict,
		Rule:      order.Rule,
		Places:    order.Places,
		By:        strings.TrimSpace(order.By),
		At:        o.now().UTC(),
	}
	if err := decision.Check(); err != nil {
		return Review{}, invalid("decision", "%s", err.Error())
	}
	if decision.By == "" {
		return Review{}, invalid("by", "by is missing: a decision names who decides")
	}
	c, err := o.listedCopy(ctx, order.ID)
	if err != nil {
		return Review{}, err
	}
	if c.Release != nil && c.End == nil {
		return Review{}, refused("the copy of request %s was released on %s: revoke it, and order another, which follows what is decided then", order.ID, inUTC(c.Release.At))
	}
	if unknown, err := o.unlisted(ctx, c, order.Places); err != nil || len(unknown) > 0 {
		if err != nil {
			return Review{}, err
		}
		return Review{}, invalid("places", "the copy of request %s has no place %s", order.ID, unknown[0])
	}

	if _, err := o.ledger.RecordReviewDecision(ctx, decision); err != nil {
		return Review{}, err
	}
	return o.Review(ctx, order.ID)
}

// CopyReleaseOrder lets a copy be made that somebody has looked at.
type CopyReleaseOrder struct {
	ID string
	By string // who has looked
}

// ReleaseCopy records that somebody has looked at what is uncertain, and has the worker make
// the copy. The error is Refused where nothing waits for that.
func (o *Operator) ReleaseCopy(ctx context.Context, order CopyReleaseOrder) (Copy, error) {
	by := strings.TrimSpace(order.By)
	if by == "" {
		return Copy{}, invalid("by", "by is missing: a release names who has looked at the copy")
	}
	c, err := o.listedCopy(ctx, order.ID)
	switch {
	case err != nil:
		return Copy{}, err
	case c.Release != nil && c.End == nil && c.Receipt == nil:
		return o.tell(ctx, c) // the worker may not have been told
	case !c.AwaitsReview():
		return Copy{}, refused("no copy of request %s waits for a review", order.ID)
	case c.Order.Review == dsr.ReviewSecondPerson && (c.Order.AskedBy == "" || dsr.SamePerson(by, c.Order.AskedBy)):
		return Copy{}, invalid("by", "%s has ordered the copy; another person must release it", by)
	}

	made, err := o.ledger.ReviewDecisions(ctx, order.ID, -1)
	if err != nil {
		return Copy{}, err
	}
	_, err = o.ledger.ReleaseCopy(ctx, dsr.CopyRelease{
		RequestID: order.ID,
		Number:    c.Order.Number,
		List:      c.Review.List,
		Decisions: len(made),
		By:        by,
		At:        o.now().UTC(),
	})
	if err != nil {
		return Copy{}, err
	}

	return o.tell(ctx, c)
}

// tell has the worker make a copy.
func (o *Operator) tell(ctx context.Context, c ledger.PersonCopy) (Copy, error) {
	message, err := c.Name().Message(time.Time{})
	if err != nil {
		return Copy{}, err
	}
	if err := o.queues.Send(ctx, dsr.QueueCopies, message); err != nil {
		return Copy{}, fmt.Errorf("the copy of request %s is released, but the worker was not told; dsr_watch tells it: %w", c.Order.RequestID, err)
	}
	return o.Copy(ctx, c.Order.RequestID)
}

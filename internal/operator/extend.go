package operator

import (
	"context"
	"time"

	"azureml-dsr/internal/dsr"
)

// ExtendOrder extends a request's deadline.
type ExtendOrder struct {
	ID     string
	Until  string // a date, or a time in RFC 3339
	Reason string
	By     string // who orders it, for the record; may be empty
}

// Check returns what is wrong with the order, as far as the order alone shows.
func (o ExtendOrder) Check() error {
	if _, err := parseUntil(o.Until, time.Time{}); err != nil {
		return err
	}
	return checkReason(o.Reason, "article 12(3) wants the reasons named")
}

// parseUntil parses a new deadline, which is a time or a date. A date gets the time of day
// of due, the deadline that it replaces.
func parseUntil(text string, due time.Time) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.UTC(), nil
	}

	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, invalid("until", "until: want a date such as 2027-01-23, or a time such as 2027-01-23T10:00:00Z")
	}
	due = due.UTC()

	return day.Add(due.Sub(due.Truncate(24 * time.Hour))), nil
}

// Extend records that a request's deadline is extended. The law allows that once, to at most
// three months after the request was received, and before the deadline has passed; otherwise
// the error is Refused or Invalid.
func (o *Operator) Extend(ctx context.Context, order ExtendOrder) (dsr.Extension, error) {
	if err := order.Check(); err != nil {
		return dsr.Extension{}, err
	}
	latest, err := o.latestAttempt(ctx, order.ID)
	if err != nil {
		return dsr.Extension{}, err
	}
	request, found, err := o.ledger.Request(ctx, order.ID)
	if err != nil {
		return dsr.Extension{}, err
	}
	if !found {
		return dsr.Extension{}, refused("request %s is not recorded yet; try again in a moment", order.ID)
	}

	until, err := parseUntil(order.Until, request.DueAt)
	if err != nil {
		return dsr.Extension{}, err
	}
	if err := o.mayExtend(ctx, latest, request, until); err != nil {
		return dsr.Extension{}, err
	}

	return o.recordExtension(ctx, dsr.Extension{
		RequestID:  order.ID,
		DueAt:      request.DueAt,
		Until:      until,
		Reason:     order.Reason,
		ExtendedAt: o.now().UTC(),
		By:         order.By,
	})
}

func (o *Operator) recordExtension(ctx context.Context, e dsr.Extension) (dsr.Extension, error) {
	stored, err := o.ledger.RecordExtension(ctx, e)
	if err == nil && !stored.ExtendedAt.Equal(e.ExtendedAt) { // another order came first
		err = extendedAlready(stored)
	}
	return stored, err
}

// mayExtend returns why a deadline can't be extended, nil when it can.
func (o *Operator) mayExtend(ctx context.Context, latest dsr.Attempt, request dsr.RequestRecord, until time.Time) error {
	manifest, _, closed, err := o.ledger.Manifest(ctx, latest)
	if err != nil {
		return err
	}
	before, _, extended, err := o.ledger.Extension(ctx, latest.RequestID)
	if err != nil {
		return err
	}

	due, most := request.DueAt, request.MaxExtension()
	over := manifest.Status == dsr.StatusSucceeded || manifest.Status.Stopped()
	switch {
	case extended:
		return extendedAlready(before)
	case closed && over:
		return refused("request %s is closed as %s; there is nothing left to extend", latest.RequestID, manifest.Status)
	case o.now().After(due):
		return refused("request %s was due on %s; a deadline can be extended only before it has passed", latest.RequestID, inUTC(due))
	case !until.After(due):
		return invalid("until", "until is not after the deadline, %s", inUTC(due))
	case until.After(most):
		return invalid("until", "until is more than three months after the request was received; the latest is %s", inUTC(most))
	}

	return nil
}

func extendedAlready(e dsr.Extension) error {
	return refused("request %s was extended already, until %s; a deadline is extended once", e.RequestID, inUTC(e.Until))
}

func inUTC(t time.Time) string { return t.UTC().Format(time.RFC3339) }

package operator

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

// RetryOrder orders the next attempt of a request.
type RetryOrder struct {
	ID   string
	Only []string // resource types to retry; empty: all that failed
	// By is who orders it, and Reason why, for the record. Both may be empty.
	By, Reason string
}

// Ordered is the attempt that was ordered.
type Ordered struct {
	ID      string   `json:"id"`
	Attempt int      `json:"attempt"`
	Only    []string `json:"only"`
}

// Retry orders the next attempt of a closed request, which repeats what failed. The same
// order can be given again. The error is Refused where there is nothing to retry.
func (o *Operator) Retry(ctx context.Context, order RetryOrder) (Ordered, error) {
	if err := checkReason(order.Reason, ""); err != nil {
		return Ordered{}, err
	}
	last, next, sum, err := o.nextAttempt(ctx, order.ID)
	if err != nil {
		return Ordered{}, err
	}

	only := slices.Compact(slices.Sorted(slices.Values(order.Only)))
	if err := o.mayRetry(ctx, last, only); err != nil {
		return Ordered{}, err
	}
	retry := dsr.Retry{
		RequestID:   order.ID,
		Attempt:     next,
		Only:        only,
		Previous:    dsr.HashRef{SHA256: sum},
		RequestedAt: o.now().UTC(),
		By:          order.By,
		Reason:      order.Reason,
	}
	if err := o.sendRetry(ctx, retry); err != nil {
		return Ordered{}, err
	}

	return Ordered{ID: order.ID, Attempt: next, Only: append([]string{}, only...)}, nil
}

// nextAttempt returns the last closed attempt of a request, the number of the one
// that follows it, and the SHA-256 of the manifest that closes it.
func (o *Operator) nextAttempt(ctx context.Context, id string) (last dsr.Attempt, next int, sum string, err error) {
	if last, err = o.latestAttempt(ctx, id); err != nil {
		return last, 0, "", err
	}
	_, sum, closed, err := o.ledger.Manifest(ctx, last)
	if err != nil {
		return last, 0, "", err
	}

	_, begun, err := o.ledger.Plan(ctx, last)
	if err != nil {
		return last, 0, "", err
	}

	// The last attempt is ordered, but its message may never have been sent. The same order
	// sends it again.
	onlyOrdered := last.Number > 1 && !closed && !begun
	if onlyOrdered {
		last = last.Before()
		if _, sum, closed, err = o.ledger.Manifest(ctx, last); err != nil {
			return last, 0, "", err
		}
	}

	if !closed {
		return last, 0, "", refused("request %s is not closed yet; `dsr status %s --watch` waits for that", id, id)
	}

	return last, last.Number + 1, sum, nil
}

// mayRetry returns why a closed attempt can't be retried, nil when it can.
func (o *Operator) mayRetry(ctx context.Context, a dsr.Attempt, only []string) error {
	m, _, _, err := o.ledger.Manifest(ctx, a)
	if err != nil {
		return err
	}

	switch m.Status {
	case dsr.StatusSucceeded:
		return refused("nothing failed in attempt %d of request %s", a.Number, a.RequestID)
	case dsr.StatusCanceled:
		return refused("request %s was canceled; send it under a new id", a.RequestID)
	case dsr.StatusRejected:
		return refused("request %s was refused; if it is to be answered all the same, send it under a new id", a.RequestID)
	}

	removed, err := o.ledger.AnyRemoved(ctx, a)
	if err != nil {
		return err
	}
	if removed {
		return refused("the documents of request %s were removed when their retention was over; send it under a new id", a.RequestID)
	}
	if len(only) > 0 && m.Kind != dsr.KindExport {
		return invalid("only", "only: what a request deletes is planned and approved as a whole; leave it out")
	}

	return o.checkTypes(ctx, a, only)
}

// checkTypes returns an Invalid error for a resource type that a request does not have.
func (o *Operator) checkTypes(ctx context.Context, a dsr.Attempt, only []string) error {
	plan, _, err := o.ledger.Plan(ctx, a)
	if err != nil {
		return err
	}

	var types []string
	for _, t := range newTypes(plan) {
		types = append(types, t.Type)
	}

	for _, typ := range only {
		if !slices.Contains(types, typ) {
			return invalid("only", "only %s: request %s has no such resource type; it has %s", typ, a.RequestID, strings.Join(types, ", "))
		}
	}

	return nil
}

// sendRetry records the order, and then sends the stored request with the number of the
// new attempt.
func (o *Operator) sendRetry(ctx context.Context, order dsr.Retry) error {
	stored, err := o.ledger.RecordRetry(ctx, order)
	if err != nil {
		return err
	}
	if !slices.Equal(stored.Only, order.Only) {
		return refused("attempt %d of request %s is ordered already, for %s", order.Attempt, order.RequestID, orAll(stored.Only))
	}

	m, err := o.retryMessage(ctx, order)
	if err != nil {
		return err
	}
	if err := o.queues.Send(ctx, dsr.QueueRequests, m); err != nil {
		return fmt.Errorf("attempt %d of request %s is recorded, but its message was not sent; run the same command again: %w",
			order.Attempt, order.RequestID, err)
	}

	return nil
}

func (o *Operator) retryMessage(ctx context.Context, order dsr.Retry) (dsr.Message, error) {
	request, found, err := o.ledger.Request(ctx, order.RequestID)
	if err == nil && !found {
		err = fmt.Errorf("request %s is closed and has no record", order.RequestID)
	}
	if err != nil {
		return dsr.Message{}, err
	}

	subject, err := o.ledger.Subject(ctx, order.RequestID)
	if err != nil {
		return dsr.Message{}, err
	}

	return dsr.ReopenMessage(request, subject, dsr.Attempt{RequestID: order.RequestID, Number: order.Attempt})
}

func orAll(types []string) string {
	if len(types) == 0 {
		return "all types"
	}
	return strings.Join(types, ", ")
}

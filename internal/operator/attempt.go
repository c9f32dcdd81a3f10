package operator

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// latestAttempt finds the last attempt that was ordered of a request.
func (o *Operator) latestAttempt(ctx context.Context, id string) (dsr.Attempt, error) {
	if !dsr.ValidID(id) {
		return dsr.Attempt{}, invalid("id", "%q is not the id of a request", id)
	}

	first := dsr.Attempt{RequestID: id, Number: 1}
	_, request, err := o.ledger.Request(ctx, id)
	if err != nil {
		return first, err
	}
	_, open, err := o.ledger.Open(ctx, first)
	if err != nil {
		return first, err
	}
	if !request && !open {
		return first, notFound("no request %s is stored", id)
	}

	return o.ledger.LatestAttempt(ctx, id)
}

// closedAttempt finds the last attempt of a request and the manifest that closes it.
func (o *Operator) closedAttempt(ctx context.Context, id string) (a dsr.Attempt, m dsr.Manifest, sum string, err error) {
	if a, err = o.latestAttempt(ctx, id); err != nil {
		return a, m, "", err
	}

	m, sum, closed, err := o.ledger.Manifest(ctx, a)
	if err == nil && !closed {
		err = refused("request %s is not closed yet; `dsr status %s --watch` waits for that", id, id)
	}

	return a, m, sum, err
}

// closedOrSent is closedAttempt for who may just have sent the request: one that waits in its
// queue is not closed yet, and one that the worker has refused says so.
func (o *Operator) closedOrSent(ctx context.Context, id string) (a dsr.Attempt, m dsr.Manifest, sum string, err error) {
	a, m, sum, err = o.closedAttempt(ctx, id)
	if KindOf(err) != NotFound {
		return a, m, sum, err
	}

	status, unknown := o.Status(ctx, id)
	switch {
	case unknown != nil:
		return a, m, "", unknown
	case status.State == StateRefused:
		return a, m, "", notFound("request %s was refused, so that there is nothing of it; its status says why", id)
	default:
		return a, m, "", refused("request %s is not closed yet; `dsr status %s --watch` waits for that", id, id)
	}
}

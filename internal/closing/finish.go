package closing

import (
	"context"
	"slices"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/telemetry"
)

// finish does what follows a manifest, whoever wrote it. It orders the next attempt before
// it takes this one off the index, so that a crash loses neither.
func (c *Reconciler) finish(ctx context.Context, a dsr.Attempt, m dsr.Manifest, request dsr.RequestRecord) error {
	if err := c.Ledger.RecordExpiry(ctx, a, m.ClosedAt.Add(c.Retention)); err != nil {
		return err
	}
	if err := c.Ledger.RecordClosed(ctx, a, m); err != nil {
		return err
	}
	if err := c.orderNextAttempt(ctx, a, m); err != nil {
		return err
	}
	// Unfinished planning, as of a canceled attempt, names the subject's things.
	if err := c.Ledger.RemovePlanning(ctx, a); err != nil {
		return err
	}
	c.tell(ctx, a, request, &m)
	if err := c.Ledger.RemoveOpen(ctx, a); err != nil {
		return err
	}

	telemetry.Current(ctx).Text("dsr.status", string(m.Status))
	c.Logger.InfoContext(ctx, "closed", "requestId", a.RequestID, "attempt", a.Number, "status", m.Status)

	return nil
}

// maxPlans is the number of the last attempt that a request gets without `dsr retry`.
const maxPlans = 5

// orderNextAttempt orders another attempt of a request when a container has grown since
// its deletion plan was approved. The next attempt plans again, and its plan waits for an
// approval of its own.
func (c *Reconciler) orderNextAttempt(ctx context.Context, a dsr.Attempt, m dsr.Manifest) error {
	grown := slices.ContainsFunc(m.Failures, func(f dsr.Failure) bool { return f.Reason == dsr.ReasonGrownSincePlan })
	if !grown || a.Number >= maxPlans {
		return nil
	}

	next := dsr.Attempt{RequestID: a.RequestID, Number: a.Number + 1}
	if _, planned, err := c.Ledger.Plan(ctx, next); planned || err != nil {
		return err
	}

	_, sum, _, err := c.Ledger.Manifest(ctx, a)
	if err != nil {
		return err
	}
	if _, err := c.Ledger.RecordRetry(ctx, dsr.Retry{
		RequestID:   a.RequestID,
		Attempt:     next.Number,
		Previous:    dsr.HashRef{SHA256: sum},
		RequestedAt: c.Now().UTC(),
	}); err != nil {
		return err
	}

	request, found, err := c.Ledger.Request(ctx, a.RequestID)
	if err != nil || !found {
		return err
	}

	return c.resendRequest(ctx, next, request)
}

package closing

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// reEnqueue sends a recorded request that has no plan to intake again, unless a message
// of it may still wait.
func (v *visit) reEnqueue(ctx context.Context) error {
	c, a, request := v.Reconciler, v.attempt, v.request
	now := c.Now()
	due := v.open.PutBackAt
	if due.IsZero() {
		due = request.ReceivedAt
	}

	if now.Sub(due) > c.LostAfter {
		held, err := c.Queue.MayHold(ctx, dsr.QueueRequests, dsr.PropRequestID, a.RequestID)
		if err != nil {
			return err
		}
		oldest, waits, err := c.Queue.Oldest(ctx, dsr.QueueRequests)
		if err != nil {
			return err
		}

		overtaken := !waits || !oldest.Before(due.Add(c.LostAfter)) // only younger messages wait
		if !held && overtaken {
			if err := c.resendRequest(ctx, a, request); err != nil {
				return err
			}
			v.open.PutBackAt = now
		}
	}

	return v.goOn(ctx, 0)
}

func (c *Reconciler) resendRequest(ctx context.Context, a dsr.Attempt, request dsr.RequestRecord) error {
	subject, err := c.Ledger.Subject(ctx, a.RequestID)
	if err != nil {
		return err
	}
	m, err := dsr.ReopenMessage(request, subject, a)
	if err != nil {
		return err
	}
	c.Logger.WarnContext(ctx, "sends a request again that has no plan", "requestId", a.RequestID, "attempt", a.Number)
	return c.Queue.Send(ctx, dsr.QueueRequests, m)
}

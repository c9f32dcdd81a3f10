package closing

import (
	"context"
	"strconv"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/telemetry"
)

const (
	// dueSoon is how long before its deadline an open attempt counts as due soon.
	dueSoon = 7 * day
	// reminderInterval is how often an open attempt is logged as due soon or late.
	reminderInterval = time.Hour
)

// remind logs an open attempt that is due soon or late, at the first check of each hour.
// Alerts look for these two lines, so their texts and attributes are fixed. A deadline
// that can't be read keeps no attempt from being checked.
func (c *Reconciler) remind(ctx context.Context, a dsr.Attempt, request dsr.RequestRecord, last *dsr.Check) {
	c.countDays(ctx, a)
	now := c.Now()
	reminded := last != nil && !last.At.Before(now.Truncate(reminderInterval))
	if reminded || request.DueAt.IsZero() || now.Before(request.DueAt.Add(-dueSoon)) {
		return
	}

	// An extension, or the order of a later attempt, may have moved it.
	due, err := c.Ledger.Deadline(ctx, a)
	switch {
	case err != nil:
		c.Logger.WarnContext(ctx, "could not read when an attempt is due", "requestId", a.RequestID, "attempt", a.Number, "error", err.Error())
	case !now.Before(due):
		c.Logger.WarnContext(ctx, "an attempt is late", "requestId", a.RequestID, "attempt", a.Number, "dueAt", due)
	case !now.Before(due.Add(-dueSoon)):
		c.Logger.WarnContext(ctx, "an attempt is due soon", "requestId", a.RequestID, "attempt", a.Number, "dueAt", due)
	}
}

// countDays says how many days an open attempt has left, where telemetry is on.
func (c *Reconciler) countDays(ctx context.Context, a dsr.Attempt) {
	if _, on := telemetry.Of(ctx); !on {
		return
	}
	due, err := c.Ledger.Deadline(ctx, a)
	if err != nil || due.IsZero() {
		return // the check itself reads more, and says what fails
	}

	telemetry.TimeToDue.Set(ctx, due.Sub(c.Now()).Hours()/24,
		telemetry.Attr{Key: "dsr.request.id", Value: a.RequestID},
		telemetry.Attr{Key: "dsr.attempt", Value: strconv.Itoa(a.Number)},
	)
}

package closing

import (
	"context"
	"time"

	"azureml-dsr/internal/dsr"
)

// tellTime bounds the time that a check takes to note what has changed.
const tellTime = 15 * time.Second

// Noter notes what has changed in a request, and tells of it whoever is to hear.
type Noter interface {
	// Note does so for an attempt. manifest closes it; nil: it is open.
	Note(ctx context.Context, a dsr.Attempt, request dsr.RequestRecord, manifest *dsr.Manifest) error
}

// tell notes what has changed in an attempt. A failure keeps no attempt from going on: what
// is owed then is found by the next check, or by the watch.
func (c *Reconciler) tell(ctx context.Context, a dsr.Attempt, request dsr.RequestRecord, manifest *dsr.Manifest) {
	if c.Noter == nil {
		return
	}
	bounded, cancel := context.WithTimeout(ctx, tellTime)
	defer cancel()

	if err := c.Noter.Note(bounded, a, request, manifest); err != nil && ctx.Err() == nil {
		c.Logger.WarnContext(ctx, "could not note what has changed in a request",
			"requestId", a.RequestID, "attempt", a.Number, "error", dsr.WithoutNames(err.Error()))
	}
}

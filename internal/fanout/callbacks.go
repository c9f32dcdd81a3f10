package fanout

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// checkCallbacks refuses a new request with a callback that may not be called.
func (i *Intake) checkCallbacks(p Parsed) error {
	if len(p.Callbacks) == 0 {
		return nil
	}
	if i.Callbacks == nil {
		return invalid("/callbacks: nobody is called here; leave them out")
	}
	return i.Callbacks(p.Request)
}

// recordOwed enters an attempt whose request has callbacks in the index by which the watch
// finds what they are owed, and wakes the reconciler, which tells them: discovery may take
// long. A wake-up that fails keeps no request from being opened.
func (i *Intake) recordOwed(ctx context.Context, a dsr.Attempt, p Parsed) error {
	if len(p.Callbacks) == 0 {
		return nil
	}
	if err := i.Ledger.RecordOwed(ctx, a); err != nil {
		return err
	}
	if err := i.Wakeups.Wake(ctx, a); err != nil {
		i.Logger.WarnContext(ctx, "could not wake the reconciler for a request's callbacks; the watch does",
			"requestId", a.RequestID, "attempt", a.Number, "class", dsr.ClassOf(err).String())
	}
	return nil
}

package operator

import (
	"bytes"
	"context"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
)

// SubmitOnce sends a request unless it was sent before. known reports that it was: it is
// recorded, or waits in its queue. The error is Refused where another request has its id,
// recorded or not: its state and result would be taken for this one's. It is Invalid where
// check refuses a new one; nil refuses none. A request that is recorded is not checked again,
// as the worker does not: a setting that has changed since keeps none from going on.
func (o *Operator) SubmitOnce(ctx context.Context, s Submission, check func(fanout.Parsed) error) (known bool, err error) {
	if known, err = o.isKnown(ctx, s); known || err != nil {
		return known, err
	}
	if check != nil {
		if err := s.Check(check); err != nil {
			return false, err
		}
	}

	err = o.queues.Send(ctx, dsr.QueueRequests, dsr.Message{
		ID:         s.ID,
		Body:       s.body,
		Properties: map[string]any{dsr.PropRequestID: s.ID},
	})
	if err != nil {
		return false, err
	}

	// Of two that were sent at the same time the first counts.
	_, err = o.isKnown(ctx, s)
	return false, err
}

// isKnown reports whether this very request is recorded or waits in its queue.
func (o *Operator) isKnown(ctx context.Context, s Submission) (bool, error) {
	stored, found, err := o.ledger.Request(ctx, s.ID)
	switch {
	case err != nil:
		return false, err
	case found && o.differs(ctx, stored, s.request):
		return false, refused("id %s is that of another request, received on %s; nothing was sent: choose a new id", s.ID, inUTC(stored.ReceivedAt))
	case found:
		return true, nil
	}

	body, waits, err := o.queues.Waiting(ctx, dsr.QueueRequests, dsr.PropRequestID, s.ID)
	if err != nil || !waits {
		return false, err
	}
	if !bytes.Equal(body, s.body) {
		// The same may have come in another form; only its record will tell.
		return false, refused("a request with the id %s waits already and may be another one; nothing was sent: choose a new id, or send it again in a moment", s.ID)
	}

	return true, nil
}

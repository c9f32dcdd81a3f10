package operator

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/wakeup"
)

// CancelOrder cancels a request.
type CancelOrder struct {
	ID     string
	Reason string // for the record; may be empty
	By     string // who cancels, for the record; may be empty
}

// Check returns what is wrong with the order, as far as the order alone shows. A reason may be
// left out; one of blanks alone is a mistake.
func (o CancelOrder) Check() error {
	if o.Reason != "" {
		return checkReason(o.Reason, "give one, or leave it out")
	}
	return nil
}

// Canceled is the result of a CancelOrder.
type Canceled struct {
	ID      string `json:"id"`
	Attempt int    `json:"attempt"`
	Before  bool   `json:"before"` // it was already canceled
	Closed  bool   `json:"closed"` // its manifest already says so
	Queued  bool   `json:"queued"` // the worker has not taken it yet, and will find the cancel
}

// CancelRecord is the blob whose existence cancels an attempt.
type CancelRecord struct {
	SchemaVersion string    `json:"schemaVersion"`
	RequestID     string    `json:"requestId"`
	Attempt       int       `json:"attempt"`
	At            time.Time `json:"at"`
	Reason        string    `json:"reason"`
	By            string    `json:"by,omitempty"`
}

// Cancel records that the last attempt of a request is canceled, and wakes the
// reconciler. A second order changes nothing, but wakes it too.
func (o *Operator) Cancel(ctx context.Context, order CancelOrder) (Canceled, error) {
	if err := order.Check(); err != nil {
		return Canceled{}, err
	}
	attempt, err := o.latestAttempt(ctx, order.ID)
	if KindOf(err) == NotFound {
		return o.cancelQueued(ctx, order, err)
	}
	if err != nil {
		return Canceled{}, err
	}

	out := Canceled{ID: order.ID, Attempt: attempt.Number}
	manifest, _, closed, err := o.ledger.Manifest(ctx, attempt)
	if err != nil {
		return out, err
	}
	if closed && manifest.Status != dsr.StatusCanceled {
		return out, refused("request %s is closed as %s; there is nothing left to cancel", order.ID, manifest.Status)
	}
	if closed {
		out.Before, out.Closed = true, true
		return out, nil
	}

	if out.Before, err = o.ledger.Canceled(ctx, attempt); err != nil {
		return out, err
	}

	if !out.Before {
		if err := o.recordCancel(ctx, attempt, order); err != nil {
			return out, err
		}
	}

	// A recorded cancellation gets a wake-up too: its own may have failed.
	if err := wakeup.New(o.queues, o.now).Wake(ctx, attempt); err != nil {
		return out, fmt.Errorf("attempt %d of request %s is recorded as canceled, but the closer was not told; dsr_watch tells it: %w",
			attempt.Number, order.ID, err)
	}

	return out, nil
}

func (o *Operator) recordCancel(ctx context.Context, attempt dsr.Attempt, order CancelOrder) error {
	body, err := json.Marshal(CancelRecord{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     attempt.RequestID,
		Attempt:       attempt.Number,
		At:            o.now().UTC(),
		Reason:        order.Reason,
		By:            order.By,
	})
	if err != nil {
		return fmt.Errorf("making the record: %w", err)
	}

	if _, err := o.audit.Create(ctx, attempt.Cancel(), body, nil); err != nil {
		return fmt.Errorf("recording %s: %w", attempt.Cancel(), err)
	}

	return nil
}

// cancelQueued cancels a request that still waits in its queue and has no records yet. The
// worker finds the cancel when it takes the request. A request that is nowhere is missing.
func (o *Operator) cancelQueued(ctx context.Context, order CancelOrder, missing error) (Canceled, error) {
	held, err := o.queues.Holds(ctx, dsr.QueueRequests, dsr.PropRequestID, order.ID)
	if err != nil {
		return Canceled{}, err
	}
	if !held {
		if _, err := o.latestAttempt(ctx, order.ID); err == nil { // taken between the two looks
			return o.Cancel(ctx, order)
		}
		return Canceled{}, missing
	}

	first := dsr.Attempt{RequestID: order.ID, Number: 1}
	out := Canceled{ID: order.ID, Attempt: first.Number, Queued: true}
	if out.Before, err = o.ledger.Canceled(ctx, first); err != nil || out.Before {
		return out, err
	}
	return out, o.recordCancel(ctx, first, order)
}

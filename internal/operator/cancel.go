package operator

import (
	"context"
	"fmt"

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

// Canceled is the result of a CancelOrder or a RefusalOrder.
type Canceled struct {
	ID      string `json:"id"`
	Attempt int    `json:"attempt"`
	Before  bool   `json:"before"`            // it was already canceled or refused
	Closed  bool   `json:"closed"`            // its manifest already says so
	Queued  bool   `json:"queued"`            // the worker has not taken it yet, and will find the order
	Refused bool   `json:"refused,omitempty"` // it is refused, and not only canceled
}

// stop is an order to stop a request: to cancel it or to refuse it.
type stop struct {
	CancelOrder
	refuses bool
}

// verb and done name what the order does.
func (s stop) verb() string { return s.word("refuse", "cancel") }
func (s stop) done() string { return s.word("refused", "canceled") }

func (s stop) word(refuses, cancels string) string {
	if s.refuses {
		return refuses
	}
	return cancels
}

// Cancel records that the last attempt of a request is canceled, and wakes the
// reconciler. A second order changes nothing, but wakes it too.
func (o *Operator) Cancel(ctx context.Context, order CancelOrder) (Canceled, error) {
	if err := order.Check(); err != nil {
		return Canceled{}, err
	}
	return o.stop(ctx, stop{CancelOrder: order})
}

// stop records that the last attempt of a request is to stop, and wakes the reconciler.
func (o *Operator) stop(ctx context.Context, order stop) (Canceled, error) {
	attempt, err := o.latestAttempt(ctx, order.ID)
	if KindOf(err) == NotFound {
		return o.stopQueued(ctx, order, err)
	}
	if err != nil {
		return Canceled{}, err
	}

	out := Canceled{ID: order.ID, Attempt: attempt.Number}
	manifest, _, closed, err := o.ledger.Manifest(ctx, attempt)
	if err != nil {
		return out, err
	}
	if closed && (!manifest.Status.Stopped() || (order.refuses && manifest.Status != dsr.StatusRejected)) {
		return out, refused("request %s is closed as %s; there is nothing left to %s", order.ID, manifest.Status, order.verb())
	}
	if closed {
		out.Before, out.Closed, out.Refused = true, true, manifest.Status == dsr.StatusRejected
		return out, nil
	}

	if err := o.recordStop(ctx, attempt, order, &out); err != nil {
		return out, err
	}

	// A recorded order gets a wake-up too: its own may have failed.
	if err := wakeup.New(o.queues, o.now).Wake(ctx, attempt); err != nil {
		return out, fmt.Errorf("attempt %d of request %s is recorded as %s, but the closer was not told; dsr_watch tells it: %w",
			attempt.Number, order.ID, order.done(), err)
	}

	return out, nil
}

// recordStop records an order, unless one is recorded already: the first one counts. The
// error is Refused for a refusal of what was canceled before.
func (o *Operator) recordStop(ctx context.Context, attempt dsr.Attempt, order stop, out *Canceled) error {
	record, _, before, err := o.ledger.Cancellation(ctx, attempt)
	if err != nil {
		return err
	}

	if !before {
		ordered := dsr.CancelRecord{
			At:      o.now().UTC(),
			Reason:  order.Reason,
			By:      order.By,
			Refused: order.refuses,
		}
		if record, err = o.ledger.RecordCancellation(ctx, attempt, ordered); err != nil {
			return err
		}
	}

	out.Before, out.Refused = before, record.Refused
	if order.refuses && !record.Refused {
		return refused("request %s was canceled before; a refusal changes nothing any more", order.ID)
	}
	return nil
}

// stopQueued stops a request that still waits in its queue and has no records yet. The
// worker finds the order when it takes the request. A request that is nowhere is missing.
func (o *Operator) stopQueued(ctx context.Context, order stop, missing error) (Canceled, error) {
	held, err := o.queues.Holds(ctx, dsr.QueueRequests, dsr.PropRequestID, order.ID)
	if err != nil {
		return Canceled{}, err
	}
	if !held {
		if _, err := o.latestAttempt(ctx, order.ID); err == nil { // taken between the two looks
			return o.stop(ctx, order)
		}
		return Canceled{}, missing
	}

	first := dsr.Attempt{RequestID: order.ID, Number: 1}
	out := Canceled{ID: order.ID, Attempt: first.Number, Queued: true}
	err = o.recordStop(ctx, first, order, &out)
	return out, err
}

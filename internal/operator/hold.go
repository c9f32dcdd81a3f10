package operator

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"azureml-dsr/internal/dsr"
)

// HoldOrder puts something on hold, so that no request deletes it.
type HoldOrder struct {
	On     string // an ARM id or a path below one, or the id of a document
	Reason string
	Until  string // a date or a time at which the hold ends; "": it does not end by itself
	By     string // who orders it, for the record; may be empty
}

// Check returns what is wrong with the order, as far as the order and the time show.
func (o HoldOrder) Check(now time.Time) error {
	_, err := o.until(now)
	return err
}

func (o HoldOrder) until(now time.Time) (until time.Time, err error) {
	if strings.TrimSpace(o.On) == "" {
		return until, invalid("on", "on is empty: name an ARM id, or the id of a document")
	}
	if err := checkReason(o.Reason, "whoever releases the hold must know it"); err != nil {
		return until, err
	}
	if o.Until == "" {
		return until, nil
	}

	if until, err = parseUntil(o.Until, time.Time{}); err != nil {
		return until, err
	}
	if !until.After(now) {
		return until, invalid("until", "until is not in the future")
	}

	return until, nil
}

// AddHold puts something on hold and returns the hold, which has a new id.
func (o *Operator) AddHold(ctx context.Context, order HoldOrder) (dsr.Hold, error) {
	now := o.now()
	until, err := order.until(now)
	if err != nil {
		return dsr.Hold{}, err
	}

	hold := dsr.Hold{
		ID:     uuid.NewString(),
		Number: 1,
		On:     order.On,
		Reason: order.Reason,
		Until:  until,
		At:     now.UTC(),
		By:     order.By,
	}

	_, err = o.ledger.RecordHold(ctx, hold)
	return hold, err
}

// Holds returns the holds in force. With all it also returns those that ended or were
// released.
func (o *Operator) Holds(ctx context.Context, all bool) ([]dsr.Hold, error) {
	holds, err := o.ledger.Holds(ctx)
	if err != nil {
		return nil, err
	}

	now := o.now()
	over := func(h dsr.Hold) bool { return !all && !h.Holds(now) }

	return append([]dsr.Hold{}, slices.DeleteFunc(holds, over)...), nil
}

// ReleaseOrder ends a hold.
type ReleaseOrder struct {
	ID     string
	Reason string
	By     string // who orders it, for the record; may be empty
}

// Check returns what is wrong with the order, as far as the order alone shows.
func (o ReleaseOrder) Check() error {
	if strings.TrimSpace(o.Reason) == "" {
		return invalid("reason", "reason is missing: say why the hold may end")
	}
	return nil
}

// Released is the result of a ReleaseOrder.
type Released struct {
	Hold   dsr.Hold `json:"hold"`
	Before bool     `json:"before"` // it was already released
}

// ReleaseHold ends a hold. A second order changes nothing. The error is NotFound for an
// unknown hold, and Refused where somebody else changes the hold at the same time.
func (o *Operator) ReleaseHold(ctx context.Context, order ReleaseOrder) (Released, error) {
	if err := order.Check(); err != nil {
		return Released{}, err
	}
	holds, err := o.ledger.Holds(ctx)
	if err != nil {
		return Released{}, err
	}
	i := slices.IndexFunc(holds, func(h dsr.Hold) bool { return h.ID == order.ID })
	if i < 0 {
		return Released{}, notFound("there is no hold %s; `dsr hold list` shows them", order.ID)
	}

	h := holds[i]
	if h.Released {
		return Released{Hold: h, Before: true}, nil
	}

	h.Number, h.Released, h.Reason, h.At, h.By = h.Number+1, true, order.Reason, o.now().UTC(), order.By
	stored, err := o.ledger.RecordHold(ctx, h)
	if err == nil && !stored.Released {
		err = refused("somebody has changed hold %s just now; try again", h.ID)
	}

	return Released{Hold: stored}, err
}

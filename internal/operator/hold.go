package operator

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"azureml-dsr/internal/dsr"
)

// HoldOrder puts something on hold, so that no request deletes it.
type HoldOrder struct {
	On     string // an ARM id or a path below one, or the id of a document
	Reason string
	Until  string // a date or a time at which the hold ends; "": it does not end by itself
	By     string // who has signed in to order it, for the record; may be empty
	// StatedBy is who orders it, as nothing but the order states; may be empty.
	StatedBy string
}

// HoldAdded is the result of a HoldOrder.
type HoldAdded struct {
	dsr.Hold
	Before bool `json:"before"` // the same hold was in force already
	// Also are the ids of other holds in force on the same thing.
	Also []string `json:"also"`
	// Keeps says what the hold keeps of the deletions that are planned.
	Keeps Keeps `json:"keeps"`
}

// Check returns what is wrong with the order, as far as the order and the time show.
func (o HoldOrder) Check(now time.Time) error {
	_, err := o.until(now)
	return err
}

func (o HoldOrder) until(now time.Time) (until time.Time, err error) {
	if err := checkOn(strings.TrimSpace(o.On)); err != nil {
		return until, err
	}
	if err := checkReason(o.Reason, "whoever releases the hold must know it"); err != nil {
		return until, err
	}
	if err := checkBy(o.StatedBy); err != nil {
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

// maxOn bounds what a hold is on, in bytes. No id of Azure is longer.
const maxOn = 2000

// checkOn returns an Invalid error for a text that can name nothing that is stored, so that
// the hold would keep nothing.
func checkOn(on string) error {
	scope := strings.HasPrefix(on, "/")
	switch {
	case len(on) > maxOn:
		return invalid("on", "on is longer than %d bytes", maxOn)
	case strings.ContainsFunc(on, unicode.IsControl):
		return invalid("on", "on has a control character: nothing that is stored has one in its name")
	case on == "":
		return invalid("on", "on is empty: name an ARM id, or the id of a document")
	case strings.Contains(on, "://"):
		return invalid("on", "on is an address: name the ARM id that is in it, from /subscriptions/ on, or the id of the document")
	case scope && !strings.HasPrefix(strings.ToLower(on), "/subscriptions/"):
		return invalid("on", "on is no ARM id: those begin with /subscriptions/")
	default:
		return nil
	}
}

// AddHold puts something on hold and returns the hold, which has a new id. Where the same
// hold is in force already, it returns that one and records nothing.
func (o *Operator) AddHold(ctx context.Context, order HoldOrder) (HoldAdded, error) {
	now := o.now()
	until, err := order.until(now)
	if err != nil {
		return HoldAdded{}, err
	}
	holds, err := o.ledger.Holds(ctx)
	if err != nil {
		return HoldAdded{}, err
	}

	added := HoldAdded{
		Hold: dsr.Hold{
			ID:       uuid.NewString(),
			Number:   1,
			On:       strings.TrimSpace(order.On),
			Reason:   order.Reason,
			Until:    until,
			At:       now.UTC(),
			By:       order.By,
			StatedBy: order.StatedBy,
		},
		Also: []string{},
	}
	for _, h := range dsr.HoldsAt(holds, now) {
		switch same := onSame(h, added.Hold); {
		case same && !added.Before && h.Reason == order.Reason && h.Until.Equal(until):
			added.Hold, added.Before = h, true
		case same:
			added.Also = append(added.Also, h.ID)
		}
	}

	if !added.Before {
		if added.Hold, err = o.ledger.RecordHold(ctx, added.Hold); err != nil {
			return added, err
		}
	}

	added.Keeps = o.keeps(ctx, added.Hold)
	return added, nil
}

// onSame reports whether two holds are on the same thing.
func onSame(x, y dsr.Hold) bool {
	return strings.EqualFold(strings.Trim(x.On, "/"), strings.Trim(y.On, "/"))
}

// ReleaseOrder ends a hold.
type ReleaseOrder struct {
	ID     string
	Reason string
	By     string // who has signed in to order it, for the record; may be empty
	// StatedBy is who orders it, as nothing but the order states; may be empty.
	StatedBy string
}

// Check returns what is wrong with the order, as far as the order alone shows.
func (o ReleaseOrder) Check() error {
	if err := checkReason(o.Reason, "say why the hold may end"); err != nil {
		return err
	}
	return checkBy(o.StatedBy)
}

// Released is the result of a ReleaseOrder.
type Released struct {
	Hold   dsr.Hold `json:"hold"`
	Before bool     `json:"before"` // it was already released
	// Also are the ids of other holds in force on the same thing, which they keep.
	Also []string `json:"also"`
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
	released := Released{Hold: h, Before: h.Released, Also: []string{}}
	for _, other := range dsr.HoldsAt(holds, o.now()) {
		if other.ID != h.ID && onSame(other, h) {
			released.Also = append(released.Also, other.ID)
		}
	}
	if h.Released {
		return released, nil
	}

	h.Number, h.Released, h.Reason, h.At = h.Number+1, true, order.Reason, o.now().UTC()
	h.By, h.StatedBy = order.By, order.StatedBy
	stored, err := o.ledger.RecordHold(ctx, h)
	if err == nil && !stored.Released {
		err = refused("somebody has changed hold %s just now; try again", h.ID)
	}

	released.Hold = stored
	return released, err
}

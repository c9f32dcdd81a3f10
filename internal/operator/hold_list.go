package operator

import (
	"context"
	"time"

	"azureml-dsr/internal/dsr"
)

// States of a hold.
const (
	HoldInForce  = "holds"
	HoldOver     = "over" // its time has passed
	HoldReleased = "released"
)

// ListedHold is a hold in a list. Its own members are those of its latest record.
type ListedHold struct {
	dsr.Hold
	State string `json:"state"`
	// Since, SetBy, SetByStated and SetFor are of its first record. SetBy has signed in;
	// SetByStated is only what the order states.
	Since       time.Time `json:"since"`
	SetBy       string    `json:"setBy"`
	SetByStated string    `json:"setByStated"`
	SetFor      string    `json:"setFor"`
}

// Holds returns the holds in force. With all it also returns those that ended or were
// released.
func (o *Operator) Holds(ctx context.Context, all bool) ([]ListedHold, error) {
	histories, err := o.ledger.HoldRecords(ctx)
	if err != nil {
		return nil, err
	}

	now, out := o.now(), []ListedHold{}
	for _, records := range histories {
		first, last := records[0], records[len(records)-1]
		if !all && !last.Holds(now) {
			continue
		}
		out = append(out, ListedHold{
			Hold:        last,
			State:       stateOfHold(last, now),
			Since:       first.At,
			SetBy:       first.By,
			SetByStated: first.StatedBy,
			SetFor:      first.Reason,
		})
	}
	return out, nil
}

func stateOfHold(h dsr.Hold, now time.Time) string {
	switch {
	case h.Released:
		return HoldReleased
	case !h.Holds(now):
		return HoldOver
	default:
		return HoldInForce
	}
}

package operator

import (
	"context"
	"time"

	"azureml-dsr/internal/dsr"
)

// keepsTime bounds the search for what a new hold keeps, which is no more than a note.
const keepsTime = 20 * time.Second

// Keeps says what a hold keeps of the deletions that are planned.
type Keeps struct {
	Requests []KeepsOf `json:"requests"` // those of which it keeps something
	// Searched is how many open requests have a plan that was searched whole.
	Searched int `json:"searched"`
	// Unknown says why the search is not complete, "" where it is.
	Unknown string `json:"unknown,omitempty"`
}

// KeepsOf is what a hold keeps of one request.
type KeepsOf struct {
	ID     string `json:"id"`
	Things int    `json:"things"`
}

// Nothing reports whether the hold surely keeps nothing that is planned.
func (k Keeps) Nothing() bool { return len(k.Requests) == 0 && k.Unknown == "" }

// keeps searches the plans of the open requests for what a hold keeps.
func (o *Operator) keeps(ctx context.Context, h dsr.Hold) Keeps {
	ctx, cancel := context.WithTimeout(ctx, keepsTime)
	defer cancel()

	k := Keeps{Requests: []KeepsOf{}}
	until := time.Now().Add(keepsTime)
	for a, err := range o.ledger.ListOpen(ctx) {
		planned, things, err := o.keepsOf(ctx, a, h, until, err)
		switch {
		case err != nil:
			k.Unknown = "not all open requests could be searched: " + err.Error()
			return k
		case planned:
			k.Searched++
		}
		if things > 0 {
			k.Requests = append(k.Requests, KeepsOf{ID: a.RequestID, Things: things})
		}
	}
	return k
}

// keepsOf counts what a hold keeps of the deletions that an attempt plans. planned is false
// where it plans none, or has not planned them yet.
func (o *Operator) keepsOf(ctx context.Context, a dsr.Attempt, h dsr.Hold, until time.Time, listed error) (planned bool, things int, err error) {
	if listed != nil {
		return false, 0, listed
	}
	deletions, _, planned, err := o.ledger.DeletionPlan(ctx, a)
	if err != nil || !planned {
		return false, 0, err
	}
	plan, _, err := o.ledger.Plan(ctx, a)
	if err != nil {
		return false, 0, err
	}

	kept, done, err := o.ledger.Kept(ctx, plan, deletions, heldRows(), []dsr.Hold{h}, o.now(), until)
	if err != nil {
		return false, 0, err
	}
	if !done {
		return false, 0, refused("request %s has too many pages to be searched at once", a.RequestID)
	}

	for t, err := range o.things(ctx, deletions) {
		if err != nil {
			return false, 0, err
		}
		_, held, err := kept.By(t.stage, t.Planned)
		if err != nil {
			return false, 0, err
		}
		if held {
			things++
		}
	}
	return true, things, nil
}

package operator

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// ListOptions choose what is listed.
type ListOptions struct {
	All bool // also the closed requests
	// States are those wanted, of which StateOpen and StateClosed stand for several. One of a
	// closed request means All. Empty: any.
	States []string
}

// Listed is a request in a list.
type Listed struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"` // "": not known yet
	Attempt  int    `json:"attempt"`
	State    string `json:"state"`
	Reason   string `json:"reason,omitempty"` // of most of a closed request's failures
	Due      Moment `json:"due"`
	DaysLeft *int   `json:"daysLeft"` // nil when it is closed, or its deadline is not known
	ClosedAt Moment `json:"closedAt"` // null while it is open
	Late     bool   `json:"late"`     // the deadline passed while it was open
}

// List returns the open requests, the most urgent first. With All it also returns the
// closed ones, each with its last attempt.
func (o *Operator) List(ctx context.Context, opts ListOptions) ([]Listed, error) {
	if err := checkStates(opts.States); err != nil {
		return nil, err
	}
	requests, err := o.listOpen(ctx)
	if err != nil {
		return nil, err
	}

	if opts.All || slices.ContainsFunc(opts.States, isClosedState) {
		closed, err := o.listClosed(ctx)
		if err != nil {
			return nil, err
		}
		requests = merge(requests, closed)
	}

	if len(opts.States) > 0 {
		requests = slices.DeleteFunc(requests, func(l Listed) bool { return !l.isOf(opts.States) })
	}

	now := o.now()
	for i := range requests {
		requests[i].count(now)
	}

	slices.SortFunc(requests, func(x, y Listed) int {
		return cmp.Or(x.Due.Compare(y.Due.Time), cmp.Compare(x.ID, y.ID), cmp.Compare(x.Attempt, y.Attempt))
	})

	return requests, nil
}

// merge adds the closed attempts to the open ones. An attempt that was just closed may be
// in both lists and is added once.
func merge(open, closed []Listed) []Listed {
	for _, l := range closed {
		if !slices.ContainsFunc(open, func(o Listed) bool { return o.ID == l.ID && o.Attempt == l.Attempt }) {
			open = append(open, l)
		}
	}
	return open
}

// isOf reports whether the request is in one of some states.
func (l Listed) isOf(states []string) bool {
	group := StateClosed
	if l.Open() {
		group = StateOpen
	}
	return slices.Contains(states, group) || slices.Contains(states, l.State)
}

// Open reports whether the request is not closed.
func (l Listed) Open() bool { return isOpen(l.State) }

// count sets Late, and of an open request whose deadline is known DaysLeft.
func (l *Listed) count(now time.Time) {
	l.Late = isLate(l.Due.Time, l.ClosedAt.Time, now)
	if l.Due.IsZero() || !l.Open() {
		return
	}
	days := daysUntil(l.Due.Time, now)
	l.DaysLeft = &days
}

package operator

import (
	"context"
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
)

// States of an open request. A closed one has its manifest's status.
const (
	StateReceived = "received"
	StateRunning  = "running"
	// StateRefused means that the request is a dead letter and nothing else.
	StateRefused = "refused"
	// StateAwaitingApproval means that a deletion plan waits for its approval.
	StateAwaitingApproval = "awaitingApproval"
)

// Status is the progress of a request.
type Status struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"` // "": not known yet
	Attempt  int    `json:"attempt"`
	State    string `json:"state"`
	Due      Moment `json:"due"`
	DaysLeft int    `json:"daysLeft"` // of the calendar; negative when it is overdue
	// Canceling reports that a cancel is recorded, and that the attempt is still open.
	Canceling bool         `json:"canceling,omitempty"`
	Types     []TypeStatus `json:"types"` // in the plan's order
	// Failures are the manifest's, once there is one.
	Failures []dsr.Failure `json:"failures,omitempty"`
	// Cost is the manifest's, once there is one that says it.
	Cost *dsr.Cost `json:"cost,omitempty"`
	// Dead are refused messages with the request's id. One of them may be what the caller
	// has sent, and the rest of the status about another request.
	Dead []DeadNote `json:"deadLetters,omitempty"`
	// DeadUnknown says why the dead letters could not be read.
	DeadUnknown string `json:"deadLettersUnknown,omitempty"`
}

// Closed reports whether the request is closed by a manifest.
func (s Status) Closed() bool { return !isOpen(s.State) }

func isOpen(state string) bool {
	return state == StateReceived || state == StateRunning || state == StateAwaitingApproval
}

// Tasks returns how many tasks are over, and how many are known.
func (s Status) Tasks() (over, all int64) {
	for _, t := range s.Types {
		over += t.Done + t.Failed
		all += t.Done + t.Failed + t.Waiting + t.Scheduled
	}
	return over, all
}

// Scheduled returns how many tasks are scheduled for later, and the latest of their times.
func (s Status) Scheduled() (n int64, until time.Time) {
	for _, t := range s.Types {
		n += t.Scheduled
		if t.Until.After(until) {
			until = t.Until.Time
		}
	}
	return n, until
}

// Status derives the progress of a request's last attempt from its records. The error is
// NotFound for a request that is neither stored nor queued nor a dead letter.
func (o *Operator) Status(ctx context.Context, id string) (Status, error) {
	dead, unknown := o.deadOf(ctx, id)
	s, err := o.stored(ctx, id)
	if KindOf(err) == NotFound && len(dead) > 0 {
		s, err = Status{ID: id, Attempt: 1, State: StateRefused, Types: []TypeStatus{}}, nil
	}
	if err != nil {
		return s, err
	}

	s.Dead, s.DeadUnknown = dead, unknown
	return s, nil
}

// stored is Status without the dead letters.
func (o *Operator) stored(ctx context.Context, id string) (Status, error) {
	a, err := o.latestAttempt(ctx, id)
	if KindOf(err) == NotFound {
		waiting, missing := o.queuedStatus(ctx, id, err)
		if KindOf(missing) != NotFound {
			return waiting, missing
		}
		a, err = o.latestAttempt(ctx, id) // it may have been taken from the queue since
	}
	if err != nil {
		return Status{}, err
	}
	request, _, err := o.ledger.Request(ctx, id)
	if err != nil {
		return Status{}, err
	}

	due, err := o.dueOf(ctx, a)
	if err != nil {
		return Status{}, err
	}

	s := Status{
		ID:       id,
		Kind:     request.Kind,
		Attempt:  a.Number,
		State:    StateReceived,
		Due:      Moment{due},
		DaysLeft: daysUntil(due, o.now()),
		Types:    []TypeStatus{},
	}

	plan, found, err := o.ledger.Plan(ctx, a)
	if err != nil || !found {
		return s, err
	}
	if request.DryRun {
		return o.planned(ctx, s, a, plan, plan.Reading())
	}

	return o.planned(ctx, s, a, plan, plan)
}

// planned completes the status of an attempt that has a plan. counted is the plan without
// the nodes that get no tasks.
func (o *Operator) planned(ctx context.Context, s Status, a dsr.Attempt, plan, counted dsr.Plan) (Status, error) {
	manifest, _, closed, err := o.ledger.Manifest(ctx, a)
	if err != nil {
		return Status{}, err
	}
	if s.State, err = o.openState(ctx, plan); err != nil {
		return Status{}, err
	}
	if closed {
		s.State, s.Failures = string(manifest.Status), manifest.Failures
		if manifest.Cost != (dsr.Cost{}) {
			s.Cost = &manifest.Cost
		}
	} else if s.Canceling, err = o.ledger.Canceled(ctx, a); err != nil {
		return Status{}, err
	}

	s.Types, err = o.countTasks(ctx, counted, closed)
	return s, err
}

// queuedStatus returns the status of a request that still waits in its queue, or the error
// missing where it does not.
func (o *Operator) queuedStatus(ctx context.Context, id string, missing error) (Status, error) {
	held, err := o.queues.Holds(ctx, dsr.QueueRequests, dsr.PropRequestID, id)
	if err != nil {
		return Status{}, err
	}
	if !held {
		return Status{}, missing
	}

	return Status{
		ID:      id,
		Attempt: 1,
		State:   StateReceived,
		Types:   []TypeStatus{},
	}, nil
}

// openState returns the state of an open attempt that has a plan. The attempt awaits an
// approval from its deletion plan on, until it is approved or its first deletion begins.
func (o *Operator) openState(ctx context.Context, plan dsr.Plan) (string, error) {
	i := slices.IndexFunc(plan.Nodes, dsr.Node.Deletes)
	if i < 0 {
		return StateRunning, nil
	}

	first := plan.FirstTask(plan.Nodes[i])
	_, _, planned, err := o.ledger.DeletionPlan(ctx, first.Of())
	if err != nil || !planned {
		return StateRunning, err
	}
	_, approved, err := o.ledger.Approval(ctx, first.Of())
	if err != nil || approved {
		return StateRunning, err
	}
	_, _, begun, err := o.ledger.Page(ctx, first)
	if err != nil || begun {
		return StateRunning, err
	}

	return StateAwaitingApproval, nil
}

// dueOf returns a request's deadline, with its extension. It asks the index of open requests
// while no other record of the attempt exists.
func (o *Operator) dueOf(ctx context.Context, a dsr.Attempt) (time.Time, error) {
	due, err := o.ledger.Due(ctx, a.RequestID)
	if err != nil || !due.IsZero() {
		return due, err
	}
	open, _, err := o.ledger.Open(ctx, a)
	return open.DueAt, err
}

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
	ClosedAt Moment `json:"closedAt"` // null while it is open
	// Late means that the deadline passed while it was open.
	Late bool `json:"late"`
	// Verification says how the person was identified; nil: the request does not say.
	Verification *dsr.Verification `json:"verification,omitempty"`
	// Paused is by what pause the deadline is later; nil: the clock never stood still.
	Paused *dsr.Pause `json:"paused,omitempty"`
	// Waits is what an open request waits for; nil: for nothing but its turn.
	Waits *Wait `json:"waitsFor,omitempty"`
	// Canceling reports that a cancel or a refusal is recorded, and that the attempt is
	// still open.
	Canceling bool `json:"canceling,omitempty"`
	// Refusal is why the request is refused, as soon as that is recorded; nil: it is not.
	Refusal *dsr.Refusal `json:"refusal,omitempty"`
	Types   []TypeStatus `json:"types"` // in the plan's order
	// Attempts are all attempts, the first first, where there is more than one.
	Attempts []AttemptStatus `json:"attempts,omitempty"`
	// Failures are the manifest's, once there is one. FailuresOmitted counts those that it
	// does not name.
	Failures        []Explained `json:"failures,omitempty"`
	FailuresOmitted int         `json:"failuresOmitted,omitempty"`
	// NotCovered is what the manifest leaves out, in words, once there is one.
	NotCovered []LeftOut `json:"notCovered,omitempty"`
	// Whose says whose documents an export keeps: WhoseEverybody or WhoseSubject.
	Whose string `json:"whose,omitempty"`
	// Exported says, of a closed export, how much of it names the subject.
	Exported *Matches `json:"exported,omitempty"`
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
	s.Late = isLate(s.Due.Time, s.ClosedAt.Time, o.now())
	return s, nil
}

// isLate reports whether a request was open when its deadline passed.
func isLate(due, closed, now time.Time) bool {
	if !closed.IsZero() {
		now = closed
	}
	return !due.IsZero() && now.After(due)
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

		Verification: request.Verification,
		Paused:       request.Paused(),
		Whose:        whoseOf(request.Request),
	}

	plan, found, err := o.ledger.Plan(ctx, a)
	if err != nil {
		return s, err
	}
	if !found {
		s.Waits = waitsForWorker()
		err = o.addStop(ctx, &s, a)
		return o.withAttempts(ctx, s, a, err)
	}

	counted := plan
	if request.DryRun {
		counted = plan.Reading()
	}
	s, err = o.planned(ctx, s, a, plan, counted)
	if s.State == StateAwaitingApproval {
		s.Waits = waitsForApproval(request, due)
	}

	return o.withAttempts(ctx, s, a, err)
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
		err = o.addManifest(ctx, &s, a, manifest)
	} else {
		err = o.addStop(ctx, &s, a)
	}
	if err != nil {
		return Status{}, err
	}

	s.Types, err = o.countTasks(ctx, counted, closed)
	return s, err
}

// addManifest adds what the manifest of a closed attempt says.
func (o *Operator) addManifest(ctx context.Context, s *Status, a dsr.Attempt, m dsr.Manifest) (err error) {
	s.ClosedAt = Moment{m.ClosedAt}
	s.Failures, s.FailuresOmitted = Explain(m.Failures), m.FailuresOmitted
	s.NotCovered = LeftOutOf(m.NotCovered)
	s.Refusal = m.Refusal
	if m.Cost != (dsr.Cost{}) {
		s.Cost = &m.Cost
	}

	overall, err := o.ledger.Overall(ctx, a, m)
	if err != nil {
		return err
	}
	s.State = string(overall)
	s.Exported, err = o.exported(ctx, a)
	return err
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

	s := Status{
		ID:      id,
		Attempt: 1,
		State:   StateReceived,
		Waits:   waitsForWorker(),
		Types:   []TypeStatus{},
	}
	err = o.addStop(ctx, &s, dsr.Attempt{RequestID: id, Number: 1})
	return s, err
}

// addStop adds whether an open attempt is canceled or refused.
func (o *Operator) addStop(ctx context.Context, s *Status, a dsr.Attempt) error {
	r, sum, stopped, err := o.ledger.Cancellation(ctx, a)
	s.Canceling, s.Refusal = stopped, dsr.RefusalOf(r, sum)
	return err
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

// dueBy is dueOf where the request's record has been read. found reports that there is one.
func (o *Operator) dueBy(ctx context.Context, a dsr.Attempt, request dsr.RequestRecord, found bool) (time.Time, error) {
	if !found {
		return o.dueOf(ctx, a)
	}
	e, _, extended, err := o.ledger.Extension(ctx, a.RequestID)
	if extended {
		return e.Until, err
	}
	return request.DueAt, err
}

package callback

import (
	"context"
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
)

// dueSoon is how long before its deadline an open request counts as due soon.
const dueSoon = 7 * 24 * time.Hour

// States in events, as the operator's status has them.
const (
	stateReceived         = "received"
	stateRunning          = "running"
	stateAwaitingApproval = "awaitingApproval"
)

// derivation finds the changes of an attempt that its records show and that are not
// recorded yet.
type derivation struct {
	*Noter
	attempt  dsr.Attempt
	request  dsr.RequestRecord
	manifest *dsr.Manifest // nil: the attempt is open
	known    events

	plan    dsr.Plan
	planned bool
	due     time.Time
	owed    []dsr.Event
}

// derive returns the owed events in the order in which the changes come.
func (d *derivation) derive(ctx context.Context) ([]dsr.Event, error) {
	d.due = d.request.DueAt
	steps := []func(context.Context) error{d.opened, d.extended, d.awaitsApproval, d.deadline}
	if d.manifest != nil {
		steps = []func(context.Context) error{d.opened, d.extended, d.closed}
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return d.owed, nil
}

// event returns the event of a change.
func (d *derivation) event(c dsr.Change, state string, at time.Time) dsr.Event {
	return dsr.Event{
		RequestID: d.attempt.RequestID,
		Change:    c,
		Attempt:   d.attempt.Number,
		Kind:      d.request.Kind,
		DryRun:    d.request.DryRun,
		State:     state,
		DueAt:     d.due.UTC(),
		At:        at.UTC(),
	}
}

// wants reports whether the event is to be recorded, and is not recorded yet.
func (d *derivation) wants(e dsr.Event) bool {
	heard := e.Change.Alerts() || len(d.request.Callbacks) > 0
	return heard && !d.known.keys[e.Key()]
}

func (d *derivation) add(e dsr.Event) {
	if d.wants(e) {
		d.owed = append(d.owed, e)
	}
}

// opened adds that the request is received and that the attempt has begun.
func (d *derivation) opened(ctx context.Context) error {
	d.add(d.event(dsr.ChangeReceived, stateReceived, d.request.ReceivedAt))

	started := d.event(dsr.ChangeStarted, stateRunning, time.Time{})
	if !d.wants(started) && !d.needsPlan() {
		return nil
	}
	var err error
	if d.plan, d.planned, err = d.Ledger.Plan(ctx, d.attempt); err != nil || !d.planned {
		return err
	}

	started.At = d.plan.CreatedAt.UTC()
	d.add(started)

	return nil
}

// needsPlan reports whether the plan is needed to see whether an approval is.
func (d *derivation) needsPlan() bool {
	deletes := d.request.Kind != dsr.KindExport && !d.request.DryRun
	return d.manifest == nil && d.RequireApproval && deletes && d.wants(d.event(dsr.ChangeNeedsApproval, "", time.Time{}))
}

// extended adds that the deadline has moved. From then on it is the later one.
func (d *derivation) extended(ctx context.Context) error {
	soon := !d.Now().Before(d.request.DueAt.Add(-dueSoon))
	if len(d.request.Callbacks) == 0 && (!soon || d.manifest != nil) {
		return nil
	}
	e, _, found, err := d.Ledger.Extension(ctx, d.attempt.RequestID)
	if err != nil || !found {
		return err
	}

	d.due = e.Until
	d.add(d.event(dsr.ChangeExtended, d.state(), e.ExtendedAt))

	return nil
}

// state returns the state of an open attempt, as far as its plan says it.
func (d *derivation) state() string {
	if d.planned {
		return stateRunning
	}
	return stateReceived
}

// awaitsApproval adds that the deletion plan waits for a second person.
func (d *derivation) awaitsApproval(ctx context.Context) error {
	if !d.needsPlan() || !d.planned {
		return nil
	}
	i := slices.IndexFunc(d.plan.Nodes, dsr.Node.Deletes)
	if i < 0 {
		return nil
	}
	deletions, _, fixed, err := d.Ledger.DeletionPlan(ctx, d.attempt)
	if err != nil || !fixed || (deletions.TakesOthers() && !d.request.AcknowledgeOthers) {
		return err
	}
	if _, approved, err := d.Ledger.Approval(ctx, d.attempt); err != nil || approved {
		return err
	}
	// What was given up has begun, too.
	if _, _, begun, err := d.Ledger.Page(ctx, d.plan.FirstTask(d.plan.Nodes[i])); err != nil || begun {
		return err
	}
	if canceled, err := d.Ledger.Canceled(ctx, d.attempt); err != nil || canceled {
		return err
	}

	d.add(d.event(dsr.ChangeNeedsApproval, stateAwaitingApproval, deletions.CreatedAt))

	return nil
}

// deadline adds that the request is late, or due soon.
func (d *derivation) deadline(context.Context) error {
	now := d.Now()
	switch {
	case d.due.IsZero():
	case !now.Before(d.due):
		d.add(d.event(dsr.ChangeLate, d.state(), d.due))
	case !now.Before(d.due.Add(-dueSoon)):
		d.add(d.event(dsr.ChangeDueSoon, d.state(), now))
	}
	return nil
}

// closed adds how the attempt was closed.
func (d *derivation) closed(context.Context) error {
	change := dsr.ChangeFailed
	switch d.manifest.Status {
	case dsr.StatusSucceeded:
		change = dsr.ChangeCompleted
	case dsr.StatusCanceled:
		change = dsr.ChangeCanceled
	case dsr.StatusRejected:
		change = dsr.ChangeRejected
	}

	e := d.event(change, string(d.manifest.Status), d.manifest.ClosedAt)
	for _, part := range d.manifest.Parts { // the totals count some twice
		e.Documents += part.Documents
	}
	e.Failures = int64(len(d.manifest.Failures) + d.manifest.FailuresOmitted)
	d.add(e)

	return nil
}

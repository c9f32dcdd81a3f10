// Package fanout opens the attempts of a request. It reads and checks the request, finds
// what there is to read or delete, records the plan, and sends the plan's first tasks.
package fanout

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/telemetry"
	"azureml-dsr/internal/wakeup"
)

// continuePause is the pause before the next delivery goes on with a plan that one
// delivery has no time to finish.
const continuePause = time.Second

// Queue sends messages.
type Queue interface {
	Send(ctx context.Context, queue string, messages ...dsr.Message) error
}

// Intake opens attempts.
type Intake struct {
	Ledger    *ledger.Ledger
	Queue     Queue
	Directory Directory
	Wakeups   *wakeup.Sender
	Validator *Validator
	Allowed   AllowedScopes
	Types     []ResourceType
	// DeletesEnabled accepts requests that delete. Deletions are what they can delete, in
	// the order of their dependencies.
	DeletesEnabled bool
	Deletions      []dsr.DeletionType
	// People finds subjects who are named by an address; nil looks nobody up.
	// PeopleRequired refuses a subject that is not found.
	People         People
	PeopleRequired bool
	// Callbacks returns what is wrong with the callbacks of a new request; nil: none may have
	// any.
	Callbacks func(dsr.Request) error
	// Policies are what is required of new requests, by their source.
	Policies dsr.SourcePolicies
	// ContentSecret is what the key of each request's contentSha256 is derived from. Default:
	// the hash has no key.
	ContentSecret string
	// ChunkItems bounds the items that a task of a retried node reads. Default 50.
	ChunkItems int
	// RetryDelays are the pauses before a request that could not be opened is tried
	// again. The last one is repeated until the request is due.
	RetryDelays []time.Duration
	Now         func() time.Time
	Logger      *slog.Logger
}

// Received is a message of the request queue.
type Received struct {
	Body         []byte
	ContentType  string
	EnqueuedTime time.Time
	Properties   map[string]any
}

// Accept opens the attempt that a message asks for. It makes each value once and hands it
// on: the envelope, the request, the search, what discovery finds, the plan, its record
// and the messages of its first tasks.
//
// Nil means that the message may be completed. An error of class Permanent means that it
// is to be dead-lettered with the error's reason and text. After any other error it is
// unknown what has been done, as it is after one of Service Bus (dsr.OfQueue).
func (i *Intake) Accept(ctx context.Context, m Received) error {
	envelope, err := readEnvelope(m)
	if err != nil {
		return err
	}
	request, err := i.Validator.Parse(envelope.request, envelope.submitted)
	if err != nil {
		return err
	}

	a := dsr.Attempt{RequestID: request.ID, Number: envelope.attempt}
	err = i.open(ctx, a, request)
	if dsr.OfQueue(err) {
		return err // a resend needs the queue that has just failed, and the plan is stored
	}

	switch dsr.ClassOf(err) {
	case dsr.Throttled, dsr.Transient:
		return i.tryLater(ctx, a, request, envelope, err)
	case dsr.Unfinished:
		return i.Queue.Send(ctx, dsr.QueueRequests, envelope.message(a, i.Now().Add(continuePause)))
	default:
		return err
	}
}

// CheckNew refuses a new request that the worker would not take. Whoever answers a sender
// can so say no before the request is sent.
func (i *Intake) CheckNew(p Parsed) error {
	if err := i.checkUnrecorded(p); err != nil {
		return err
	}
	return i.checkAllowed(p.Request)
}

// checkUnrecorded refuses a new request by rules that a recorded one is not held to again: a
// setting that has changed since keeps no request from going on.
func (i *Intake) checkUnrecorded(p Parsed) error {
	if err := i.Policies.Check(p.Request); err != nil {
		return err
	}
	return i.checkCallbacks(p)
}

// checkAllowed refuses a request that is not allowed here.
func (i *Intake) checkAllowed(r dsr.Request) error {
	if err := i.Allowed.Check(r); err != nil {
		return err
	}

	if r.Kind == dsr.KindExport {
		return nil
	}
	if !i.DeletesEnabled {
		return dsr.Errorf(dsr.Permanent, dsr.ReasonDeletesDisabled,
			"/kind: deletions are switched off here; send kind %q, or have the operator set DELETES_ENABLED", dsr.KindExport)
	}

	return checkConfirmed(r, i.Deletions)
}

// open records each thing before the next step needs it, so that a later delivery goes on
// where this one stops.
func (i *Intake) open(ctx context.Context, a dsr.Attempt, p Parsed) error {
	p, closed, err := i.resolve(ctx, a, p)
	if err != nil || closed {
		return err
	}
	if err := i.checkAllowed(p.Request); err != nil {
		return err
	}
	if a.Number > 1 {
		if err := i.mayRetry(ctx, a); err != nil {
			return err
		}
	}
	p, err = i.lookUp(ctx, p)
	if err != nil {
		return err
	}
	p, err = i.recordRequest(ctx, a, p)
	if err != nil {
		return err
	}
	if err := i.recordOwed(ctx, a, p); err != nil {
		return err
	}

	plan, err := i.plan(ctx, a, p)
	if err != nil {
		return err
	}
	messages, err := plan.firstMessages()
	if err != nil {
		return err
	}
	if err := i.send(ctx, messages); err != nil {
		return err
	}

	if err := i.Wakeups.Wake(ctx, a); err != nil {
		return err
	}
	opened(ctx, a, p.Request)

	return nil
}

// opened records the root of the attempt's trace. A message that is delivered again records
// it again, under the same id.
func opened(ctx context.Context, a dsr.Attempt, r dsr.Request) {
	_, id := a.Trace()
	root := telemetry.Root(ctx, "request", id)
	root.Text("dsr.request.id", a.RequestID)
	root.Int("dsr.attempt", int64(a.Number))
	root.Text("dsr.request.kind", r.Kind)
	root.End()
}

// send sends the messages of tasks, queue by queue.
func (i *Intake) send(ctx context.Context, messages map[string][]dsr.Message) error {
	for _, queue := range []string{dsr.QueueExports, dsr.QueueDeletes} {
		if err := i.Queue.Send(ctx, queue, messages[queue]...); err != nil {
			return err
		}
	}
	return nil
}

// tryLater schedules the bare request again, so that a fault that passes costs the message
// none of its deliveries. When the request would be due by then, the error is of class
// Permanent.
func (i *Intake) tryLater(ctx context.Context, a dsr.Attempt, p Parsed, e envelope, cause error) error {
	pause := i.RetryDelays[min(e.try, len(i.RetryDelays)-1)]
	if err, ok := errors.AsType[*dsr.Error](cause); ok && err.RetryAfter > pause {
		pause = err.RetryAfter
	}
	at := i.Now().Add(pause)
	if at.After(i.deadline(ctx, a, p)) {
		return dsr.Errorf(dsr.Permanent, dsr.ReasonOf(cause), "the request could not be opened before it was due: %s", cause)
	}

	i.Logger.WarnContext(ctx, "could not open a request; trying again later",
		"requestId", a.RequestID, "try", e.try, "class", dsr.ClassOf(cause).String(), "notBefore", at, "error", dsr.WithoutNames(cause.Error()))
	e.try++

	return i.Queue.Send(ctx, dsr.QueueRequests, e.message(a, at))
}

// deadline returns until when the attempt may be opened. Where none is recorded, or where
// storage is what fails, it is the message's own.
func (i *Intake) deadline(ctx context.Context, a dsr.Attempt, p Parsed) time.Time {
	if due, err := i.Ledger.Deadline(ctx, a); err == nil && !due.IsZero() {
		return due
	}
	return p.DueAt
}

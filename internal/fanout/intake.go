package fanout

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/wakeup"
)

// Ledger is what intake records and reads.
type Ledger interface {
	RetryLedger
	Request(ctx context.Context, id string) (dsr.RequestRecord, bool, error)
	RecordRequest(ctx context.Context, r dsr.RequestRecord) (dsr.RequestRecord, error)
	Subject(ctx context.Context, id string) (*dsr.Subject, error)
	RecordSubject(ctx context.Context, id string, s *dsr.Subject) (*dsr.Subject, error)
	RecordPlan(ctx context.Context, p dsr.Plan) (dsr.Plan, error)
	Closed(ctx context.Context, a dsr.Attempt) (bool, error)
	Deadline(ctx context.Context, a dsr.Attempt) (time.Time, error)
	Open(ctx context.Context, a dsr.Attempt) (dsr.OpenRecord, bool, error)
	SwapOpen(ctx context.Context, o dsr.OpenRecord, v ledger.Version) (ledger.Version, error)
}

// Queue sends messages.
type Queue interface {
	Send(ctx context.Context, queue string, messages ...dsr.Message) error
}

// Intake opens requests: it validates, discovers, plans and sends the first
// tasks.
type Intake struct {
	Ledger    Ledger
	Queue     Queue
	Directory Directory
	Wakeups   *wakeup.Sender
	Validator *Validator
	Allowed   AllowedScopes
	Types     []ResourceType
	// DeletesEnabled lets requests in that delete; Deletions are what they can
	// delete, in the order of dependencies.
	DeletesEnabled bool
	Deletions      []dsr.DeletionType
	// ChunkItems is how many items a task of a retried node reads at most.
	ChunkItems int
	// RetryDelays are the pauses before a request that could not be opened is
	// tried again; the last one is repeated until the request is due.
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

// Accept opens a request. Nil means that the message may be completed; an error
// of class Permanent that it is to be dead-lettered with the error's reason and
// text; any other is unclear, as is one of Service Bus (dsr.OfQueue).
func (i *Intake) Accept(ctx context.Context, m Received) error {
	envelope, err := readEnvelope(m)
	if err != nil {
		return err
	}
	p, err := i.Validator.Parse(envelope.request, envelope.submitted)
	if err != nil {
		return err
	}
	if err := i.Allowed.Check(p.Request); err != nil {
		return err
	}

	if p.Kind != dsr.KindExport {
		if !i.DeletesEnabled {
			return dsr.Errorf(dsr.Permanent, dsr.ReasonDeletesDisabled,
				"/kind: deletions are switched off here; send kind %q, or have the operator set DELETES_ENABLED", dsr.KindExport)
		}
		if err := checkConfirmed(p.Request, i.Deletions); err != nil {
			return err
		}
	}

	a := dsr.Attempt{RequestID: p.ID, Number: envelope.attempt}
	err = i.open(ctx, a, p)
	if dsr.OfQueue(err) {
		return err // a later try would take the way that has just failed; the plan is stored
	}

	switch dsr.ClassOf(err) {
	case dsr.Throttled, dsr.Transient:
		return i.tryLater(ctx, a, p, envelope, err)
	case dsr.Unfinished:
		return i.Queue.Send(ctx, dsr.QueueRequests, dsr.RequestMessage(envelope.request, a, envelope.try, envelope.submitted, i.Now().Add(time.Second)))
	default:
		return err
	}
}

// open records what makes an attempt, each step before the next one needs it.
func (i *Intake) open(ctx context.Context, a dsr.Attempt, p Parsed) error {
	stored, found, err := i.Ledger.Request(ctx, p.ID)
	if err != nil {
		return err
	}
	if !found && a.Number > 1 {
		return invalid("application property %s: no request with this id is recorded", dsr.PropAttempt)
	}

	if found {
		if err := sameRequest(stored, p); err != nil {
			return err
		}
		closed, err := i.Ledger.Closed(ctx, a)
		if err != nil || closed {
			return err
		}
	}

	if a.Number > 1 {
		if err := i.mayRetry(ctx, a); err != nil {
			return err
		}
	}
	if err := i.recordRequest(ctx, a, p); err != nil {
		return err
	}
	plan, again, err := i.plan(ctx, a, p)
	if err != nil {
		return err
	}
	if err := i.sendTasks(ctx, plan, again); err != nil {
		return err
	}

	return i.Wakeups.Wake(ctx, a)
}

func (i *Intake) recordRequest(ctx context.Context, a dsr.Attempt, p Parsed) error {
	if _, found, err := i.Ledger.Open(ctx, a); err != nil {
		return err
	} else if !found {
		open := dsr.OpenRecord{RequestID: a.RequestID, Attempt: a.Number, DueAt: p.DueAt}
		if a.Number > 1 {
			open.PutBackAt = i.Now() // its message was sent again, long after the request was received
		}
		if _, err := i.Ledger.SwapOpen(ctx, open, ledger.Version{}); err != nil && !errors.Is(err, archive.ErrChanged) {
			return err
		}
	}

	// Of two requests with one id, whoever records the subject first is the one
	// that may record the request: they never mix.
	subject, err := i.Ledger.RecordSubject(ctx, p.ID, p.Subject)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(subject, p.Subject) {
		return conflict()
	}
	stored, err := i.Ledger.RecordRequest(ctx, dsr.NewRequestRecord(p.Request, p.ContentSHA256, p.DueDefaulted, i.Now()))
	if err != nil {
		return err
	}

	return sameRequest(stored, p)
}

func sameRequest(stored dsr.RequestRecord, p Parsed) error {
	if stored.ContentSHA256 != p.ContentSHA256 {
		return conflict()
	}
	return nil
}

func conflict() error {
	return dsr.Errorf(dsr.Permanent, dsr.ReasonConflictingRequest,
		"/id: another request with this id and other content is recorded; send it under a new id")
}

// plan returns the stored plan, or discovers and records one. again reports that it was
// there: its tasks may have been sent.
func (i *Intake) plan(ctx context.Context, a dsr.Attempt, p Parsed) (plan dsr.Plan, again bool, err error) {
	plan, again, err = i.Ledger.Plan(ctx, a)
	if err != nil || again {
		return plan, again, err
	}
	plan, err = i.newPlan(ctx, a, p)
	if err != nil {
		return dsr.Plan{}, false, err
	}

	stored, err := i.recordPlan(ctx, plan)
	if err != nil {
		return dsr.Plan{}, false, err
	}

	return stored, !stored.CreatedAt.Equal(plan.CreatedAt), i.Ledger.RemovePlanning(ctx, a)
}

func (i *Intake) newPlan(ctx context.Context, a dsr.Attempt, p Parsed) (dsr.Plan, error) {
	if a.Number > 1 && p.Kind == dsr.KindExport {
		return i.planRetry(ctx, a, p)
	}

	targets, err := discover(ctx, i.Directory, i.read(p.Request), i.Types)
	if err == nil && a.Number > 1 {
		targets, err = i.withoutDeleted(ctx, a, targets)
	}
	if err != nil {
		return dsr.Plan{}, err
	}
	if p.Kind == dsr.KindExport {
		return Build(p.Request, a.Number, targets, i.Types, i.Now()), nil
	}

	return BuildDeletion(p.Request, a.Number, targets, i.Types, i.Deletions, i.Now()), nil
}

// read returns the request as far as it reads: one that deletes reads all that its
// deletions would take along.
func (i *Intake) read(r dsr.Request) dsr.Request {
	if r.Kind == dsr.KindExport {
		return r
	}
	return inventoried(r, i.Types, deletedBy(r, i.Deletions))
}

func (i *Intake) sendTasks(ctx context.Context, plan dsr.Plan, again bool) error {
	messages := map[string][]dsr.Message{} // by queue
	for _, n := range plan.Nodes {
		if n.Waits() && n.Failed == nil {
			continue // the reconciler sends it when its turn has come
		}

		first := plan.FirstTask(n)
		m, err := firstMessage(first, again)
		if err != nil {
			return err
		}

		messages[dsr.QueueOf(first)] = append(messages[dsr.QueueOf(first)], m)
	}

	for _, queue := range []string{dsr.QueueExports, dsr.QueueDeletes} {
		if err := i.Queue.Send(ctx, queue, messages[queue]...); err != nil {
			return err
		}
	}

	return nil
}

func firstMessage(t dsr.Task, again bool) (dsr.Message, error) {
	if again {
		return t.MessageAgain()
	}
	return t.Message(time.Time{})
}

// tryLater schedules the bare request again, so that no delivery is spent on
// what is not the request's fault.
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
		"requestId", a.RequestID, "try", e.try, "class", dsr.ClassOf(cause).String(), "notBefore", at, "error", cause.Error())
	return i.Queue.Send(ctx, dsr.QueueRequests, dsr.RequestMessage(e.request, a, e.try+1, e.submitted, at))
}

// deadline is until when the attempt may be opened. Where nothing is recorded, or
// storage is what failed, it is what the message says.
func (i *Intake) deadline(ctx context.Context, a dsr.Attempt, p Parsed) time.Time {
	if due, err := i.Ledger.Deadline(ctx, a); err == nil && !due.IsZero() {
		return due
	}
	return p.DueAt
}

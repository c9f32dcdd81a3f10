package closing

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/wakeup"
)

// Browser sends messages and looks at queues without locking anything.
type Browser interface {
	Send(ctx context.Context, queue string, messages ...dsr.Message) error
	// Oldest returns a time before which no message was enqueued that waits now and is
	// not scheduled.
	Oldest(ctx context.Context, queue string) (time.Time, bool, error)
	// MayHold reports whether a queue may hold a message with a property's value.
	MayHold(ctx context.Context, queue, property, value string) (bool, error)
}

// Reconciler closes an attempt when the listing of its records says that all is
// done, and sends again what is surely lost.
type Reconciler struct {
	Ledger  *ledger.Ledger
	Queue   Browser
	Wakeups *wakeup.Sender
	// DeadLetter names a queue's dead-letter queue.
	DeadLetter func(queue string) string
	// Endpoints are the catalogue's row ids, for the totals.
	Endpoints []string
	// Deletions are the rows of deletions, in the order of their dependencies.
	Deletions []dsr.DeletionType
	// DeletionURL returns what a row's DELETE of an item of a node is sent to.
	DeletionURL func(row string, n dsr.Node, item string) (string, error)
	// ListOnly tells of a row whether its lists are the only documents of what they
	// name.
	ListOnly func(row string) bool
	// RequireApproval keeps a deletion plan from being carried out before a second
	// person has approved it.
	RequireApproval bool
	// LostAfter is how long after its notBefore a task's message may count as
	// lost; longer than an invocation.
	LostAfter time.Duration
	// Retention is how long a closed attempt's documents are kept.
	Retention time.Duration
	// Signer signs manifests; nil: they are not signed.
	Signer ledger.Signer
	// Worker is the version that manifests name.
	Worker string
	Now    func() time.Time
	Logger *slog.Logger
}

const (
	// pauseAfterFailure is when a check is tried again that storage failed, or
	// Service Bus: where that takes the wake-up by then, no delivery is spent.
	pauseAfterFailure = 30 * time.Second
	// checkTime is how long a check works before it leaves the rest to the next one;
	// shorter than an invocation by far.
	checkTime = 4 * time.Minute
)

// Reconcile looks at the attempt that a wake-up names. Nil means that the wake-up may
// be completed.
func (c *Reconciler) Reconcile(ctx context.Context, body []byte) error {
	wakeUp, err := dsr.DecodeWakeUp(body)
	if err != nil {
		return err
	}

	a := wakeUp.Of()
	err = c.check(ctx, wakeUp)
	switch dsr.ClassOf(err) {
	case dsr.Throttled, dsr.Transient:
		c.Logger.WarnContext(ctx, "could not check an attempt; trying again later",
			"requestId", a.RequestID, "attempt", a.Number, "error", err.Error())
		return c.Wakeups.Follow(ctx, wakeUp, dsr.CheckAt(c.Now(), pauseAfterFailure))
	default:
		return err
	}
}

// check claims the attempt and looks at it. A wake-up that comes too early, or while
// another reconciler looks, is followed by one for later: it is never just completed.
func (c *Reconciler) check(ctx context.Context, wakeUp dsr.WakeUp) error {
	a := wakeUp.Of()
	m, closed, err := c.closed(ctx, a)
	if err != nil {
		return err
	}
	if closed {
		return c.finish(ctx, a, m)
	}
	request, found, err := c.Ledger.Request(ctx, a.RequestID)
	if err != nil || !found {
		return err // what was never recorded has nothing to close
	}

	open, version, found, err := c.Ledger.OpenVersion(ctx, a)
	if err != nil {
		return err
	}

	if !found {
		open.DueAt = request.DueAt
	}

	if rest := open.RestUntil(c.Now()); c.Now().Before(rest) {
		return c.Wakeups.Follow(ctx, wakeUp, rest)
	}
	if open.Claim != "" && version.Age <= dsr.ClaimExpires {
		return c.Wakeups.Follow(ctx, wakeUp, dsr.CheckAt(c.Now(), dsr.ClaimExpires))
	}
	l, taken, err := c.take(ctx, open, version)
	if err != nil {
		return err
	}
	if !taken {
		return c.Wakeups.Follow(ctx, wakeUp, dsr.CheckAt(c.Now(), dsr.ClaimExpires))
	}

	c.remind(ctx, a, request, open.LastCheck)

	v := &visit{
		Reconciler: c,
		wakeUp:     wakeUp,
		attempt:    a,
		claim:      l,
		request:    request,
		open:       open,
		began:      c.Now(),
	}
	v.end = time.Now().Add(checkTime)
	err = l.hold(ctx, v.run)
	if errors.Is(err, errClaimLost) {
		return c.Wakeups.Follow(ctx, wakeUp, dsr.CheckAt(c.Now(), dsr.ClaimExpires))
	}

	return err
}

// closed returns the manifest of an attempt with which all is done. One that should be
// signed and isn't is not: what it says must be derived from the records first.
func (c *Reconciler) closed(ctx context.Context, a dsr.Attempt) (dsr.Manifest, bool, error) {
	m, _, closed, err := c.Ledger.Manifest(ctx, a)
	if err != nil || !closed || c.Signer == nil {
		return m, closed, err
	}
	signed, err := c.Ledger.Signed(ctx, a)
	return m, signed, err
}

// rows are those that the totals name: of what is read, and of what the plan
// deletes.
func (c *Reconciler) rows(plan dsr.Plan) []string {
	rows := slices.Clone(c.Endpoints)
	if slices.ContainsFunc(plan.Nodes, dsr.Node.Deletes) {
		for _, d := range c.Deletions {
			rows = append(rows, d.ID)
		}
	}
	return rows
}

// finish does what follows a manifest, whoever wrote it. The next attempt, where one
// follows, is sent before the index forgets this one.
func (c *Reconciler) finish(ctx context.Context, a dsr.Attempt, m dsr.Manifest) error {
	if err := c.Ledger.RecordExpiry(ctx, a, m.ClosedAt.Add(c.Retention)); err != nil {
		return err
	}
	if err := c.orderNextAttempt(ctx, a, m); err != nil {
		return err
	}
	// What was planned and not finished, as of an attempt that was canceled, names things.
	if err := c.Ledger.RemovePlanning(ctx, a); err != nil {
		return err
	}
	if err := c.Ledger.RemoveOpen(ctx, a); err != nil {
		return err
	}

	c.Logger.InfoContext(ctx, "closed", "requestId", a.RequestID, "attempt", a.Number, "status", m.Status)

	return nil
}

// reenqueue sends a recorded request again whose plan was never made. While a
// message of it waits there is nothing to re-enqueue.
func (v *visit) reenqueue(ctx context.Context) error {
	c, a, request := v.Reconciler, v.attempt, v.request
	now := c.Now()
	due := v.open.PutBackAt
	if due.IsZero() {
		due = request.ReceivedAt
	}

	if now.Sub(due) > c.LostAfter {
		held, err := c.Queue.MayHold(ctx, dsr.QueueRequests, dsr.PropRequestID, a.RequestID)
		if err != nil {
			return err
		}
		oldest, waits, err := c.Queue.Oldest(ctx, dsr.QueueRequests)
		if err != nil {
			return err
		}

		if !held && (!waits || !oldest.Before(due.Add(c.LostAfter))) {
			if err := c.resend(ctx, a, request); err != nil {
				return err
			}
			v.open.PutBackAt = now
		}
	}

	return v.goOn(ctx, 0)
}

func (c *Reconciler) resend(ctx context.Context, a dsr.Attempt, request dsr.RequestRecord) error {
	subject, err := c.Ledger.Subject(ctx, a.RequestID)
	if err != nil {
		return err
	}
	m, err := dsr.ReopenMessage(request, subject, a)
	if err != nil {
		return err
	}
	c.Logger.WarnContext(ctx, "sends a request again that has no plan", "requestId", a.RequestID, "attempt", a.Number)
	return c.Queue.Send(ctx, dsr.QueueRequests, m)
}

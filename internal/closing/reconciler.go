package closing

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/wakeup"
)

// Browser sends messages and looks at queues without locking anything.
type Browser interface {
	Send(ctx context.Context, queue string, messages ...dsr.Message) error
	// Oldest returns a lower bound of the enqueued times of the waiting messages, or
	// false when none is waiting. Messages that are scheduled for later do not count.
	Oldest(ctx context.Context, queue string) (time.Time, bool, error)
	// MayHold reports whether a queue may hold a message with a property's value.
	MayHold(ctx context.Context, queue, property, value string) (bool, error)
}

// Reconciler closes an attempt when the listing of its records shows that all is done,
// and sends again the tasks whose message is certainly lost.
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
	// DeletionURL returns the URL that a row's DELETE of a node's item is sent to.
	DeletionURL func(row string, n dsr.Node, item string) (string, error)
	// Locks returns the locks that Azure lists for an ARM id: on it, on what holds it and,
	// with below, in it. Nil: no locks are looked up.
	Locks func(ctx context.Context, scope string, below bool) ([]dsr.Lock, error)
	// ListOnly reports whether a row's lists are the only documents of what they name.
	ListOnly func(row string) bool
	// RequireApproval makes a deletion plan wait until a second person has approved it.
	RequireApproval bool
	// LostAfter is how long after its notBefore a task's message may count as lost. It is
	// longer than an invocation.
	LostAfter time.Duration
	// Retention is how long a closed attempt's documents are kept.
	Retention time.Duration
	// Noter notes what has changed in a request; nil: nobody does.
	Noter Noter
	// Signer signs manifests; nil leaves them unsigned.
	Signer ledger.Signer
	// Worker is the version that manifests name.
	Worker string
	Now    func() time.Time
	Logger *slog.Logger
}

const (
	// pauseAfterFailure is the pause after a check that failed by storage or Service Bus.
	// The next wake-up is scheduled, so that no delivery of this one is spent.
	pauseAfterFailure = 30 * time.Second
	// pauseWhileClaimed is the pause of a wake-up of an attempt that may be done while it
	// is being checked. A claim whose holder is gone ends after a minute.
	pauseWhileClaimed = 500 * time.Millisecond
	// checkTime is how long a check works before it leaves the rest to the next one. It is
	// much shorter than an invocation.
	checkTime = 4 * time.Minute
)

// Reconcile checks the attempt that a wake-up names. Nil means that the wake-up may be
// completed.
func (c *Reconciler) Reconcile(ctx context.Context, body []byte) error {
	wakeUp, err := dsr.DecodeWakeUp(body)
	if err != nil {
		return err
	}

	a := wakeUp.Of()
	err = c.reconcile(ctx, wakeUp)
	switch dsr.ClassOf(err) {
	case dsr.Throttled, dsr.Transient:
		c.Logger.WarnContext(ctx, "could not check an attempt; trying again later",
			"requestId", a.RequestID, "attempt", a.Number, "error", err.Error())
		return c.Wakeups.Follow(ctx, wakeUp, dsr.CheckAt(c.Now(), pauseAfterFailure))
	default:
		return err
	}
}

// reconcile claims the attempt and checks it. A wake-up that comes too early, or while
// another reconciler has the claim, is followed by a later one: it is never just
// completed.
func (c *Reconciler) reconcile(ctx context.Context, wakeUp dsr.WakeUp) error {
	a := wakeUp.Of()
	m, closed, err := c.closed(ctx, a)
	if err != nil {
		return err
	}
	request, found, err := c.Ledger.Request(ctx, a.RequestID)
	if err != nil {
		return err
	}
	if closed {
		return c.finish(ctx, a, m, request)
	}
	if !found {
		return nil // what was never recorded has nothing to close
	}

	open, version, found, err := c.Ledger.OpenVersion(ctx, a)
	if err != nil {
		return err
	}
	if !found {
		open.DueAt = request.DueAt
	}

	if rest := open.RestUntil(wakeUp, c.Now()); c.Now().Before(rest) {
		return c.Wakeups.Follow(ctx, wakeUp, rest)
	}

	c.remind(ctx, a, request, open.LastCheck)

	v := &visit{
		Reconciler: c,
		wakeUp:     wakeUp,
		attempt:    a,
		request:    request,
		open:       open,
	}
	err = v.claimAndRun(ctx, version)
	if errors.Is(err, errClaimLost) {
		return c.Wakeups.Follow(ctx, wakeUp, c.afterClaim(wakeUp))
	}

	return err
}

// afterClaim returns when to look again at an attempt that another reconciler has claimed.
// It leaves the next check behind itself; only what that check may have begun too early to
// see must not wait for it.
func (c *Reconciler) afterClaim(w dsr.WakeUp) time.Time {
	if w.Last {
		return c.Now().Add(pauseWhileClaimed)
	}
	return dsr.CheckAt(c.Now(), dsr.ClaimExpires)
}

// closed returns the manifest of an attempt, and whether nothing is left to do to it. A
// manifest that should be signed and is not must be derived from the records first.
func (c *Reconciler) closed(ctx context.Context, a dsr.Attempt) (dsr.Manifest, bool, error) {
	m, _, closed, err := c.Ledger.Manifest(ctx, a)
	if err != nil || !closed || c.Signer == nil {
		return m, closed, err
	}
	signed, err := c.Ledger.Signed(ctx, a)
	return m, signed, err
}

package fanout

import (
	"context"
	"iter"
	"log/slog"
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// ClosingLedger is what the closer reads and records.
type ClosingLedger interface {
	Ledger
	Canceled(ctx context.Context, a dsr.Attempt) (bool, error)
	RecordRetry(ctx context.Context, r dsr.Retry) (dsr.Retry, error)
	Close(ctx context.Context, c ledger.Closing, implied iter.Seq2[dsr.ReceiptMark, error]) (dsr.Manifest, error)
	Sign(ctx context.Context, a dsr.Attempt, signer ledger.Signer) error
	RecordExpiry(ctx context.Context, a dsr.Attempt, day time.Time) error
	RemoveOpen(ctx context.Context, a dsr.Attempt) error
	DeletionPlan(ctx context.Context, a dsr.Attempt) (dsr.DeletionPlan, string, bool, error)
	RecordDeletionPlan(ctx context.Context, p dsr.DeletionPlan) (dsr.DeletionPlan, string, error)
	Approval(ctx context.Context, a dsr.Attempt) (dsr.Approval, bool, error)
	RecordDecision(ctx context.Context, t dsr.Task, d dsr.Decision) (dsr.Decision, error)
	RecordReceipt(ctx context.Context, t dsr.Task, r dsr.Receipt) (dsr.Receipt, error)
	Entries(ctx context.Context, a dsr.Attempt, part dsr.PartRef) iter.Seq2[dsr.Entry, error]
	Holds(ctx context.Context) ([]dsr.Hold, error)
	Copies(ctx context.Context, id string) iter.Seq2[ledger.Expired, error]
	PlanningLedger
	Hops(ctx context.Context, t dsr.Task) (last int, byClass map[dsr.HopClass]int, err error)
	Hop(ctx context.Context, t dsr.Task, hop int) (dsr.Hop, bool, error)
	RecordHop(ctx context.Context, t dsr.Task, h dsr.Hop) (dsr.Hop, error)
}

// Browser sends messages and looks at queues without locking anything.
type Browser interface {
	Queue
	// Oldest gives the enqueued time of the first message that is not scheduled.
	Oldest(ctx context.Context, queue string) (time.Time, bool, error)
	// Holds tells whether a queue holds a message with a property's value.
	Holds(ctx context.Context, queue, property, value string) (bool, error)
}

// Closer closes an attempt when the listing of its records says that all is
// done, and sends again what is surely lost.
type Closer struct {
	Ledger ClosingLedger
	Queue  Browser
	Nudger *Nudger
	// DeadLetter names a queue's dead-letter queue.
	DeadLetter func(queue string) string
	// Endpoints are the catalogue's row ids, for the totals.
	Endpoints []string
	// Deletions are the rows of deletions, in the order of their dependencies.
	Deletions []DeletionType
	// DeletionURL gives what a row's DELETE of an item of a node is sent to.
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
	Now    func() time.Time
	Logger *slog.Logger
}

// pauseAfterFailure is when a check is tried again that storage failed.
const pauseAfterFailure = 30 * time.Second

// Check looks at the attempt that a nudge names. Nil means that the nudge may
// be completed.
func (c *Closer) Check(ctx context.Context, nudge []byte) error {
	a, err := dsr.DecodeNudge(nudge)
	if err != nil {
		return err
	}
	err = c.check(ctx, a)
	switch dsr.ClassOf(err) {
	case dsr.Throttled, dsr.Transient:
		c.Logger.WarnContext(ctx, "could not check an attempt; trying again later",
			"requestId", a.RequestID, "attempt", a.Number, "error", err.Error())
		return c.Nudger.At(ctx, a, dsr.CheckAt(c.Now(), pauseAfterFailure))
	default:
		return err
	}
}

func (c *Closer) check(ctx context.Context, a dsr.Attempt) error {
	m, _, closed, err := c.Ledger.Manifest(ctx, a)
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
	open, found, err := c.Ledger.Open(ctx, a)
	if err != nil {
		return err
	}
	if !found {
		open = dsr.OpenRecord{RequestID: a.RequestID, Attempt: a.Number, DueAt: request.DueAt}
	}
	if rest := open.RestUntil(); c.Now().Before(rest) {
		return c.Nudger.At(ctx, a, rest.Truncate(time.Second).Add(time.Second))
	}
	plan, found, err := c.Ledger.Plan(ctx, a)
	if err != nil {
		return err
	}
	if !found {
		return c.putBack(ctx, a, request, open)
	}
	return c.survey(ctx, plan, request, open)
}

// survey checks whether the attempt is complete, and closes it or goes on.
func (c *Closer) survey(ctx context.Context, plan dsr.Plan, request dsr.RequestRecord, open dsr.OpenRecord) error {
	a := dsr.Attempt{RequestID: plan.RequestID, Number: plan.Attempt}
	started := c.Now()
	canceled, err := c.Ledger.Canceled(ctx, a)
	if err != nil {
		return err
	}
	surveyed := plan
	if request.DryRun {
		surveyed = plan.Reading()
	}
	found := findings{incomplete: map[int]bool{}, failed: map[int]bool{}}
	if err := dsr.Survey(surveyed, c.Ledger.PageMarks(ctx, a), c.Ledger.ReceiptMarks(ctx, a), &found); err != nil {
		return err
	}
	working, more := false, false // tasks that may delete are at work; there is more to do at once
	switch deletes := slices.ContainsFunc(plan.Nodes, dsr.Node.Waits); {
	case deletes && canceled:
		working, err = c.settle(ctx, plan)
	case deletes && found.read(plan):
		began := c.Now()
		more, err = c.erase(ctx, plan, request, found)
		started = started.Add(c.Now().Sub(began)) // only surveys are held to a tenth of the time
	}
	if err != nil {
		return err
	}
	if (len(found.missing) == 0 || canceled) && !working && !more {
		m, err := c.Ledger.Close(ctx, ledger.Closing{
			Attempt: a, Request: request, Endpoints: c.rows(plan), Canceled: canceled, At: c.Now(),
		}, implied(ctx, c.Ledger, surveyed))
		if err != nil {
			return err
		}
		return c.finish(ctx, a, m)
	}
	if err := c.sendLost(ctx, found.missing); err != nil {
		return err
	}
	if more {
		open.LastCheck = nil // the next check comes soon
	}
	return c.goOn(ctx, a, open, found.receipts, started)
}

// rows are those that the totals name: of what is read, and of what the plan
// deletes.
func (c *Closer) rows(plan dsr.Plan) []string {
	rows := slices.Clone(c.Endpoints)
	if slices.ContainsFunc(plan.Nodes, dsr.Node.Deletes) {
		for _, d := range c.Deletions {
			rows = append(rows, d.ID)
		}
	}
	return rows
}

// goOn remembers the check and schedules the next one.
func (c *Closer) goOn(ctx context.Context, a dsr.Attempt, open dsr.OpenRecord, receipts int, started time.Time) error {
	interval := open.NextInterval(receipts)
	now := c.Now()
	open.LastCheck = &dsr.Check{At: now, Took: now.Sub(started), Interval: interval, Receipts: receipts}
	if err := c.Ledger.SaveOpen(ctx, open); err != nil {
		return err
	}
	return c.Nudger.At(ctx, a, dsr.CheckAt(now, interval))
}

// finish does what follows a manifest, whoever wrote it.
func (c *Closer) finish(ctx context.Context, a dsr.Attempt, m dsr.Manifest) error {
	if c.Signer != nil {
		if err := c.Ledger.Sign(ctx, a, c.Signer); err != nil {
			return err
		}
	}
	if err := c.Ledger.RecordExpiry(ctx, a, m.ClosedAt.Add(c.Retention)); err != nil {
		return err
	}
	if err := c.Ledger.RemoveOpen(ctx, a); err != nil {
		return err
	}
	if err := c.planAnew(ctx, a, m); err != nil {
		return err
	}
	c.Logger.InfoContext(ctx, "closed", "requestId", a.RequestID, "attempt", a.Number, "status", m.Status)
	return nil
}

// putBack sends a recorded request again whose plan was never made. While a
// message of it waits there is nothing to put back.
func (c *Closer) putBack(ctx context.Context, a dsr.Attempt, request dsr.RequestRecord, open dsr.OpenRecord) error {
	started := c.Now()
	due := open.PutBackAt
	if due.IsZero() {
		due = request.ReceivedAt
	}
	if started.Sub(due) > c.LostAfter {
		held, err := c.Queue.Holds(ctx, dsr.QueueRequests, dsr.PropRequestID, a.RequestID)
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
			open.PutBackAt = started
		}
	}
	return c.goOn(ctx, a, open, 0, started)
}

func (c *Closer) resend(ctx context.Context, a dsr.Attempt, request dsr.RequestRecord) error {
	subject, err := c.Ledger.Subject(ctx, a.RequestID)
	if err != nil {
		return err
	}
	m, err := RequestMessage(request, subject, a)
	if err != nil {
		return err
	}
	c.Logger.WarnContext(ctx, "sends a request again that has no plan", "requestId", a.RequestID, "attempt", a.Number)
	return c.Queue.Send(ctx, dsr.QueueRequests, m)
}

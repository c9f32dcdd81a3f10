package callback

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// quiet is how long nothing more is sent after a message could not be. What is owed
// meanwhile is sent by Sweep.
const quiet = time.Minute

// Sender sends messages.
type Sender interface {
	Send(ctx context.Context, queue string, messages ...dsr.Message) error
}

// Noter records the changes of requests and sends each request's callbacks a notification of
// each. It is safe for concurrent use.
type Noter struct {
	Ledger *ledger.Ledger
	Queue  Sender
	// RequireApproval means that deletion plans wait for a second person.
	RequireApproval bool
	Now             func() time.Time
	Logger          *slog.Logger

	known known

	mu         sync.Mutex
	quietUntil time.Time
}

// Note records what has changed in an attempt since it was last called, and tells of it.
// manifest closes the attempt, nil while that is open. It may be called at any time and any
// number of times: the records decide what is owed.
func (n *Noter) Note(ctx context.Context, a dsr.Attempt, request dsr.RequestRecord, manifest *dsr.Manifest) error {
	d := derivation{
		Noter:    n,
		attempt:  a,
		request:  request,
		manifest: manifest,
		known:    n.known.get(a.RequestID),
	}
	owed, err := d.derive(ctx)
	if err != nil {
		return err
	}

	for _, e := range owed {
		if err := n.record(ctx, request, e); err != nil {
			return err
		}
	}

	return nil
}

// record gives a change the next sequence number, unless it has one. Whoever writes an event
// has read all before it, so no change gets two.
func (n *Noter) record(ctx context.Context, request dsr.RequestRecord, e dsr.Event) error {
	have := n.known.get(e.RequestID)
	defer func() { n.known.put(e.RequestID, have) }()

	for {
		stored, found, err := n.Ledger.Event(ctx, e.RequestID, have.n+1)
		if err != nil {
			return err
		}
		if found {
			have = have.with(stored)
			continue
		}
		if have.keys[e.Key()] {
			return nil
		}

		// The line comes first, so that a crash repeats it and loses none.
		n.alert(ctx, e)

		e.Sequence, e.RecordedAt = have.n+1, n.Now().UTC()
		stored, err = n.Ledger.RecordEvent(ctx, e)
		if err != nil {
			return err
		}
		have = have.with(stored)
		if stored.Key() == e.Key() {
			return n.send(ctx, request, stored)
		}
	}
}

// send sends a notification to each callback. One that is lost is sent again by Sweep.
func (n *Noter) send(ctx context.Context, request dsr.RequestRecord, e dsr.Event) error {
	var messages []dsr.Message
	for i := range request.Callbacks {
		m, err := dsr.Notification{RequestID: e.RequestID, Sequence: e.Sequence, Callback: i + 1}.Message(time.Time{})
		if err != nil {
			return err
		}
		messages = append(messages, m)
	}
	if len(messages) == 0 || n.isQuiet() {
		return nil
	}

	err := n.Queue.Send(ctx, dsr.QueueCallbacks, messages...)
	if err != nil {
		n.beQuiet()
	}

	return err
}

func (n *Noter) isQuiet() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.Now().Before(n.quietUntil)
}

func (n *Noter) beQuiet() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.quietUntil = n.Now().Add(quiet)
}

// alert logs a change that somebody should look at. Alerts look for these lines, so their
// texts and attributes are fixed.
func (n *Noter) alert(ctx context.Context, e dsr.Event) {
	switch e.Change {
	case dsr.ChangeDueSoon:
		n.Logger.InfoContext(ctx, "due soon", "requestId", e.RequestID, "attempt", e.Attempt, "dueAt", e.DueAt)
	case dsr.ChangeLate:
		n.Logger.InfoContext(ctx, "late", "requestId", e.RequestID, "attempt", e.Attempt, "dueAt", e.DueAt)
	case dsr.ChangeFailed:
		n.Logger.InfoContext(ctx, "failed", "requestId", e.RequestID, "attempt", e.Attempt, "state", e.State, "failures", e.Failures)
	case dsr.ChangeNeedsApproval:
		n.Logger.InfoContext(ctx, "needs approval", "requestId", e.RequestID, "attempt", e.Attempt, "dueAt", e.DueAt)
	}
}

package callback

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// sweepTime bounds one run; the next one goes on behind it.
const sweepTime = 2 * time.Minute

// Queue sends messages and looks at queues without locking anything.
type Queue interface {
	Sender
	// Values returns the values that an application property has in the messages of queues.
	Values(ctx context.Context, property string, queues ...string) (map[string]bool, error)
}

// Sweep finds what callbacks are owed and no message carries any more.
type Sweep struct {
	Ledger *ledger.Ledger
	Queue  Queue
	Noter  *Noter
	// DeadLetter names a queue's dead-letter queue.
	DeadLetter func(queue string) string
	// LostAfter is how long after a change was recorded a message may count as lost.
	LostAfter time.Duration
	Now       func() time.Time
	Logger    *slog.Logger

	mu   sync.Mutex
	from string // the name at which the next run goes on
}

// Run notes what has changed in the attempts whose callbacks may be owed something, sends
// again what is lost, and takes those that are owed nothing more off the index.
func (s *Sweep) Run(ctx context.Context) error {
	s.mu.Lock()
	from := s.from
	s.mu.Unlock()
	next := ""
	end := time.Now().Add(sweepTime)

	var unsure []dsr.Notification
	var failed []error
	for a, err := range s.Ledger.ListOwed(ctx, from) {
		if err != nil {
			failed = append(failed, err)
			break
		}
		if !time.Now().Before(end) || ctx.Err() != nil {
			next = a.Callbacks()
			break
		}

		missing, err := s.look(ctx, a)
		if err != nil {
			failed = append(failed, err)
		}
		unsure = append(unsure, missing...)
	}

	s.mu.Lock()
	s.from = next
	s.mu.Unlock()

	return errors.Join(errors.Join(failed...), s.sendLost(ctx, unsure))
}

// look brings the events of an attempt up to date. It returns those notifications that are
// open for so long that their message may be lost.
func (s *Sweep) look(ctx context.Context, a dsr.Attempt) ([]dsr.Notification, error) {
	request, found, err := s.Ledger.Request(ctx, a.RequestID)
	if err != nil || !found {
		return nil, err
	}
	m, _, closed, err := s.Ledger.Manifest(ctx, a)
	if err != nil {
		return nil, err
	}

	var manifest *dsr.Manifest
	if closed {
		manifest = &m
	}
	if err := s.Noter.Note(ctx, a, request, manifest); err != nil {
		return nil, err
	}

	open, err := s.open(ctx, request)
	if err != nil {
		return nil, err
	}
	if closed && len(open) == 0 {
		return nil, s.Ledger.RemoveOwed(ctx, a)
	}

	var old []dsr.Notification
	for n, since := range open {
		if s.Now().Sub(since) > s.LostAfter {
			old = append(old, n)
		}
	}

	return old, nil
}

// open returns the notifications of a request that nothing has come of yet, and since when
// they are owed.
func (s *Sweep) open(ctx context.Context, request dsr.RequestRecord) (map[dsr.Notification]time.Time, error) {
	open := map[dsr.Notification]time.Time{}
	told := map[dsr.Notification]bool{}
	stopped := map[int]bool{}
	for mark, err := range s.Ledger.ListEvents(ctx, request.ID) {
		switch {
		case err != nil:
			return nil, err
		case mark.Callback == 0:
			for i := range request.Callbacks {
				open[dsr.Notification{RequestID: request.ID, Sequence: mark.Sequence, Callback: i + 1}] = mark.Created
			}
		default:
			told[dsr.Notification{RequestID: request.ID, Sequence: mark.Sequence, Callback: mark.Callback}] = true
			stopped[mark.Callback] = stopped[mark.Callback] || mark.Outcome == dsr.ToldStopped
		}
	}

	for n := range open {
		if told[n] || stopped[n.Callback] {
			delete(open, n)
		}
	}

	return open, nil
}

// sendLost sends those notifications again of which no queue holds a message. A message that
// is settled between the two looks has left its record by the second.
func (s *Sweep) sendLost(ctx context.Context, unsure []dsr.Notification) error {
	if len(unsure) == 0 {
		return nil
	}
	held, err := s.Queue.Values(ctx, dsr.PropCallback, dsr.QueueCallbacks, s.DeadLetter(dsr.QueueCallbacks))
	if err != nil {
		return err
	}

	for _, n := range unsure {
		if held[n.Name()] {
			continue
		}
		if err := s.resend(ctx, n); err != nil {
			return err
		}
	}

	return nil
}

// resend sends a notification whose message is lost, unless its record is there by now.
func (s *Sweep) resend(ctx context.Context, n dsr.Notification) error {
	request, found, err := s.Ledger.Request(ctx, n.RequestID)
	if err != nil || !found {
		return err
	}
	open, err := s.open(ctx, request)
	if err != nil {
		return err
	}
	if _, owed := open[n]; !owed {
		return nil
	}

	m, err := n.Message(time.Time{})
	if err != nil {
		return err
	}
	s.Logger.WarnContext(ctx, "sends a lost notification again", "requestId", n.RequestID, "sequence", n.Sequence, "callback", n.Callback)

	return s.Queue.Send(ctx, dsr.QueueCallbacks, m)
}

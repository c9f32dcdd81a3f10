package callback

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// errDead is what everything answers once a process has died.
var errDead = errors.New("the process is dead")

// store is storage in memory. A write whose name has dies in it is the process's last.
type store struct {
	*memory.Backend
	dies string
	err  error // what a write answers instead, where set
}

func (s *store) Put(ctx context.Context, name string, body []byte, meta map[string]string) error {
	if s.dies != "" && strings.Contains(name, s.dies) {
		return errDead
	}
	if s.err != nil {
		return s.err
	}
	return s.Backend.Put(ctx, name, body, meta)
}

// queues keep what they are sent, until somebody takes it.
type queues struct {
	messages []dsr.Message
	dead     []dsr.Message
	err      error
}

func (q *queues) Send(_ context.Context, queue string, messages ...dsr.Message) error {
	if queue != dsr.QueueCallbacks {
		return errors.New("not sent to dsr-callbacks")
	}
	if q.err == nil {
		q.messages = append(q.messages, messages...)
	}
	return q.err
}

func (q *queues) Values(_ context.Context, property string, names ...string) (map[string]bool, error) {
	values := map[string]bool{}
	for _, name := range names {
		messages := q.messages
		if name == dead(dsr.QueueCallbacks) {
			messages = q.dead
		}
		for _, m := range messages {
			values[m.Properties[property].(string)] = true
		}
	}
	return values, q.err
}

// take removes the messages, and returns them.
func (q *queues) take() []dsr.Message {
	out := q.messages
	q.messages = nil
	return out
}

func dead(queue string) string { return queue + "/dead" }

// scene is a request with what its callbacks need.
type scene struct {
	t       *testing.T
	store   *store
	ledger  *ledger.Ledger
	queue   *queues
	noter   *Noter
	deliver *Deliverer
	sweep   *Sweep
	now     time.Time
	request dsr.RequestRecord
	attempt dsr.Attempt
	log     bytes.Buffer
}

// newScene records a request with callbacks, which were received now.
func newScene(t *testing.T, callbacks ...dsr.Callback) *scene {
	t.Helper()
	s := &scene{
		t:       t,
		store:   &store{Backend: memory.New()},
		queue:   &queues{},
		now:     time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC),
		attempt: dsr.Attempt{RequestID: "r", Number: 1},
	}
	clock := func() time.Time { return s.now }
	logger := slog.New(slog.NewJSONHandler(&s.log, nil))
	blobs := archive.New(s.store, nil)
	s.ledger = ledger.New(blobs, blobs, blobs)
	s.noter = &Noter{Ledger: s.ledger, Queue: s.queue, RequireApproval: true, Now: clock, Logger: logger}
	s.deliver = &Deliverer{
		Settings: Settings{Client: NewClient(nil)},
		Ledger:   s.ledger,
		Queue:    s.queue,
		Agent:    "azureml-dsr/test",
		Delays:   []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 12 * time.Hour},
		Now:      clock,
		Logger:   logger,
	}
	s.sweep = &Sweep{Ledger: s.ledger, Queue: s.queue, Noter: s.noter, DeadLetter: dead, LostAfter: 15 * time.Minute, Now: clock, Logger: logger}

	var err error
	s.request, err = s.ledger.RecordRequest(t.Context(), dsr.RequestRecord{
		Request: dsr.Request{
			SchemaVersion: dsr.SchemaVersion,
			ID:            "r",
			Kind:          dsr.KindExport,
			Subject:       &dsr.Subject{ObjectID: "o", TenantID: "tenant"},
			DueAt:         s.now.AddDate(0, 1, 0),
			Callbacks:     callbacks,
		},
		ReceivedAt: s.now,
	})
	s.must(err)

	return s
}

func (s *scene) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// note notes what has changed in the request.
func (s *scene) note(manifest *dsr.Manifest) {
	s.t.Helper()
	s.must(s.noter.Note(s.t.Context(), s.attempt, s.request, manifest))
}

// changes returns the recorded changes in order.
func (s *scene) changes() (out []string) {
	s.t.Helper()
	for n := 1; ; n++ {
		e, found, err := s.ledger.Event(s.t.Context(), "r", n)
		s.must(err)
		if !found {
			return out
		}
		if e.Sequence != n {
			s.t.Errorf("event %d has the number %d", n, e.Sequence)
		}
		out = append(out, string(e.Change))
	}
}

// sent returns the names of the messages that wait.
func (s *scene) sent() (out []string) {
	for _, m := range s.queue.messages {
		out = append(out, m.Properties[dsr.PropCallback].(string))
	}
	return out
}

// outcomes returns what is recorded of telling callbacks.
func (s *scene) outcomes() (out []string) {
	s.t.Helper()
	for mark, err := range s.ledger.ListEvents(s.t.Context(), "r") {
		s.must(err)
		if mark.Callback > 0 {
			out = append(out, mark.Outcome)
		}
	}
	return out
}

// logged counts the lines with a message.
func (s *scene) logged(message string) int {
	return strings.Count(s.log.String(), `"msg":"`+message+`"`)
}

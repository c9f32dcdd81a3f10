package delivery_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/delivery"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
)

const (
	keep      = 7 * 24 * time.Hour
	lostAfter = 15 * time.Minute
	blob      = "req-1/copy/req-1.zip"
)

var copy1 = dsr.CopyName{RequestID: "req-1", Number: 1}

// store is storage in memory.
type store struct {
	*memory.Backend
	// before, where set, is called ahead of each write, and its error is the write's.
	before func(name string) error
	// killAt is the effect at which the process dies, and after means once it has happened. 0
	// is none. From then on it is dead, until another one begins.
	killAt, effects int
	after, dead     bool
	// breaks is how many openings of a state are left until one breaks off; 0 is none.
	breaks int
	// keeps has a policy forbid that anything is deleted.
	keeps bool
	// forget has the store drop all staged blocks, once.
	forget bool
}

func (s *store) Put(ctx context.Context, name string, body []byte, meta map[string]string) error {
	return s.effect(name, func() error { return s.Backend.Put(ctx, name, body, meta) })
}

func (s *store) Commit(ctx context.Context, name string, blocks []archive.BlockID, meta map[string]string) error {
	return s.effect(name, func() error { return s.Backend.Commit(ctx, name, blocks, meta) })
}

func (s *store) Stage(ctx context.Context, name string, block archive.BlockID, body []byte) error {
	return s.effect(name, func() error { return s.Backend.Stage(ctx, name, block, body) })
}

func (s *store) Delete(ctx context.Context, name string) error {
	if s.keeps {
		return dsr.Errorf(dsr.Permanent, dsr.ReasonRefused, "a policy keeps the blob")
	}
	return s.effect(name, func() error { return s.Backend.Delete(ctx, name) })
}

func (s *store) Staged(ctx context.Context, name string) ([]archive.StagedBlock, error) {
	if s.forget {
		s.forget = false
		return nil, nil
	}
	return s.Backend.Staged(ctx, name)
}

func (s *store) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, archive.Info, error) {
	body, info, err := s.Backend.Open(ctx, name, offset)
	if err != nil || s.breaks == 0 || !strings.HasPrefix(name, copy1.StatePrefix()) {
		return body, info, err
	}
	if s.breaks--; s.breaks == 0 {
		away := iotest.ErrReader(dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "storage is away"))
		body = io.NopCloser(io.MultiReader(io.LimitReader(body, 400), away))
	}
	return body, info, nil
}

// effect lets an effect happen, unless the process dies.
func (s *store) effect(name string, do func() error) error {
	if s.before != nil {
		if err := s.before(name); err != nil {
			return err
		}
	}
	if s.dead {
		return errKilled
	}

	s.effects++
	if s.effects == s.killAt {
		s.dead = true
		if !s.after {
			return errKilled
		}
	}
	err := do()
	if s.dead {
		return errKilled
	}
	return err
}

// queues keep what they are sent.
type queues struct {
	store      *store
	sent, dead []dsr.Message
	err        error
}

func (q *queues) Send(_ context.Context, queue string, messages ...dsr.Message) error {
	if queue != dsr.QueueCopies {
		return errors.New("not sent to dsr-copies")
	}
	if q.store.dead {
		return errKilled
	}
	if q.err == nil {
		q.sent = append(q.sent, messages...)
	}
	return q.err
}

func (q *queues) Values(_ context.Context, property string, names ...string) (map[string]bool, error) {
	values := map[string]bool{}
	for _, name := range names {
		messages := q.sent
		if name == dead(dsr.QueueCopies) {
			messages = q.dead
		}
		for _, m := range messages {
			values[m.Properties[property].(string)] = true
		}
	}
	return values, q.err
}

func dead(queue string) string { return queue + "/dead" }

// scene is a closed export about a person, with what makes copies of it.
type scene struct {
	*operatortest.Stored
	t        *testing.T
	store    *store
	queue    *queues
	maker    *delivery.Maker
	sweep    *delivery.Sweep
	operator *operator.Operator
	now      time.Time
	log      bytes.Buffer
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{t: t, store: &store{Backend: memory.New()}, now: operatortest.Time}
	s.queue = &queues{store: s.store}
	blobs := archive.New(s.store, &archive.Options{BlockSize: 4 << 10})
	c := &config.Connections{Audit: blobs, Exports: blobs, Index: blobs, Ledger: ledger.New(blobs, blobs, blobs)}
	clock := func() time.Time { return s.now }
	logger := slog.New(slog.NewJSONHandler(&s.log, nil))

	s.Stored = operatortest.Over(t, c)
	s.Subject = &dsr.Subject{ObjectID: "o-1"}
	s.Body = func(_, item string) string {
		return `{"name": "` + item + `", "createdBy": {"userObjectId": "o-1", "userName": "Ada Example"},` +
			`"modifiedBy": {"userObjectId": "o-2", "userName": "Grace Other"}, "description": "ask Grace"}`
	}
	s.Open()
	s.MakePlan()
	s.List(s.Task(1, 0), operatortest.AccountID)
	s.Work(s.Task(1, 0), "E01", operatortest.AccountID)
	s.List(s.Task(2, 0), "one", "two")
	s.Work(s.Task(2, 0), "E03", "one")
	s.Work(s.Task(2, 1), "E03", "two")
	s.CloseAttempt()

	s.maker = &delivery.Maker{Ledger: c.Ledger, Queue: s.queue, Keep: keep, Worker: "1.0.0", Now: clock, Logger: logger}
	s.sweep = &delivery.Sweep{Ledger: c.Ledger, Queue: s.queue, DeadLetter: dead, LostAfter: lostAfter, Now: clock, Logger: logger}
	s.operator = operator.New(c, operator.Options{Now: clock, Queues: operatorQueues{&operatortest.Queues{}, s.queue}})
	return s
}

// operatorQueues send what an operator orders to the queues of the scene.
type operatorQueues struct {
	*operatortest.Queues
	to *queues
}

func (q operatorQueues) Send(ctx context.Context, queue string, messages ...dsr.Message) error {
	return q.to.Send(ctx, queue, messages...)
}

// order orders a copy, and returns how it stands.
func (s *scene) order() operator.Copy {
	s.t.Helper()
	c, err := s.operator.OrderCopy(s.t.Context(), operator.CopyOrder{ID: "req-1", By: "desk"})
	s.Must(err)
	return c
}

// deliver takes the messages that wait, and returns what becomes of the last one.
func (s *scene) deliver() (err error) {
	s.t.Helper()
	messages := s.queue.sent
	s.queue.sent = nil
	for _, m := range messages {
		err = s.maker.Accept(s.t.Context(), m.Body)
	}
	return err
}

// made orders a copy, and has it made.
func (s *scene) made() []byte {
	s.t.Helper()
	s.order()
	s.Must(s.deliver())
	if s.state().State != operator.CopyReady {
		s.t.Fatalf("the copy is %+v", s.state())
	}
	return s.zip()
}

func (s *scene) state() operator.Copy {
	s.t.Helper()
	c, err := s.operator.Copy(s.t.Context(), "req-1")
	s.Must(err)
	return c
}

// zip returns the stored copy, nil where there is none.
func (s *scene) zip() []byte {
	s.t.Helper()
	r, _, err := s.store.Open(s.t.Context(), blob, 0)
	if errors.Is(err, archive.ErrNotFound) {
		return nil
	}
	s.Must(err)
	defer r.Close()
	body, err := io.ReadAll(r)
	s.Must(err)
	return body
}

// names lists what is stored below a prefix.
func (s *scene) names(prefix string) (out []string) {
	s.t.Helper()
	for info, err := range s.store.List(s.t.Context(), prefix, "") {
		s.Must(err)
		out = append(out, strings.TrimPrefix(info.Name, prefix))
	}
	return out
}

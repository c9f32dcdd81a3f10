package faults

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/test/appstack"
	"azureml-dsr/test/emulator/fakeml"
	"azureml-dsr/test/emulator/servicebus"
	"azureml-dsr/test/emulator/stack"
)

// harness is the whole app with fault injectors before Azure ML and storage.
type harness struct {
	t                 testing.TB
	stack             *stack.Stack
	account           fakeml.Account
	fake              *fakeml.Server
	upstream, storage *injector // before what all handlers call
	handlers          []*handler

	audit, exports, index *archive.Archive
	ledger                *ledger.Ledger
	bus                   *bus.Bus
	log                   *lockedBuffer
}

// handler is the process of one Functions host, which starts it again when it ends.
type handler struct {
	started chan int // process ids
	pid     atomic.Int64
	starts  atomic.Int64
}

func (h *handler) start(pid int) {
	h.pid.Store(int64(pid))
	h.starts.Add(1)
	h.started <- pid
}

// options say what a harness is made of.
type options struct {
	account  fakeml.Account
	pageSize int // of the fake's lists; 0 is its default
	faults   []fakeml.Fault
	env      []string
	hosts    int                                   // 0 is 1
	front    func(fake http.Handler) http.Handler  // what stands before the fake
	each     func(front http.Handler) http.Handler // and before that, for each handler
}

func newHarness(t testing.TB, o options) *harness {
	t.Helper()
	r := &harness{
		t:        t,
		account:  o.account,
		upstream: &injector{},
		storage:  &injector{},
		log:      &lockedBuffer{},
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(r.log.tail(60_000))
		}
	})

	for range max(o.hosts, 1) {
		r.handlers = append(r.handlers, &handler{started: make(chan int, 10_000)})
	}

	r.start(o)
	r.connect()

	return r
}

func (r *harness) start(o options) {
	r.t.Helper()
	s, err := appstack.Start(r.t.Context(), binary, stack.Options{
		AppDir:   filepath.Join(r.t.TempDir(), "app"),
		Hosts:    len(r.handlers),
		Env:      append([]string{"LOST_AFTER=20s"}, o.env...),
		Account:  o.account,
		Faults:   o.faults,
		PageSize: o.pageSize,
		DataDir:  r.t.TempDir(),
		BeforeUpstream: func(fake http.Handler) http.Handler {
			if o.front != nil {
				fake = o.front(fake)
			}
			return r.upstream.before(fake)
		},
		BeforeUpstreamOfEach: o.each,
		BeforeStorage:        r.storage.before,
		Logger:               slog.New(slog.NewTextHandler(r.log, nil)),
		HandlerOutput:        r.log,
		OnHandlerStart:       func(host, pid int) { r.handlers[host].start(pid) },
	})
	if err != nil {
		r.t.Fatal(err)
	}

	r.t.Cleanup(func() { must(r.t, s.Stop()) })
	r.stack, r.fake = s, s.Upstream
}

// connect connects to the queues and blobs by a way of its own, past the faults.
func (r *harness) connect() {
	r.t.Helper()
	c, err := appstack.Connect(r.stack)
	if err != nil {
		r.t.Fatal(err)
	}

	r.t.Cleanup(func() { must(r.t, c.Close()) })
	if err := c.EnsureContainers(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}

	r.audit, r.exports, r.index = c.Audit, c.Exports, c.Index
	r.ledger, r.bus = c.Ledger, c.Bus
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// restartStorage stops the storage and starts it again with what it kept.
func (r *harness) restartStorage() {
	r.t.Helper()
	if err := r.stack.RestartStorage(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// kill sends the handler's process a signal, once for each start; false when none
// runs just now.
func (h *handler) kill(signal syscall.Signal) bool {
	pid := h.pid.Swap(0)
	return pid > 0 && syscall.Kill(int(pid), signal) == nil
}

// broker returns the queues.
func (r *harness) broker() *servicebus.Server { return r.stack.Broker }

func (r *harness) send(queue string, m dsr.Message) {
	r.t.Helper()
	if err := r.bus.Send(r.t.Context(), queue, m); err != nil {
		r.t.Fatal(err)
	}
}

// await waits for an attempt's manifest.
func (r *harness) await(id string, most time.Duration) dsr.Manifest {
	r.t.Helper()
	return r.awaitWith(id, most, func() {})
}

// awaitWith does something from time to time while it waits for an attempt's
// manifest.
func (r *harness) awaitWith(id string, most time.Duration, meanwhile func()) dsr.Manifest {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), most)
	defer cancel()

	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()

	for {
		m, _, closed, err := r.ledger.Manifest(ctx, dsr.Attempt{RequestID: id, Number: 1})
		if err != nil && ctx.Err() == nil {
			r.t.Fatal(err)
		}
		if closed {
			return m
		}

		meanwhile()

		select {
		case <-ctx.Done():
			r.t.Fatalf("%s was not closed within %s", id, most)
		case <-tick.C:
		}
	}
}

// resubmit sends a request again whose deliveries are spent, as docs/dead-letters.md
// asks of an operator. Each kill spends some, until the host has noticed that the
// handler ended.
func (r *harness) resubmit() {
	r.t.Helper()
	if r.broker().Counts(dsr.QueueRequests).DeadLetter == 0 {
		return
	}

	for d, err := range r.bus.Dead(r.t.Context(), dsr.QueueRequests) {
		if err != nil {
			r.t.Fatal(err)
		}

		if d.Reason != "MaxDeliveryCountExceeded" {
			r.t.Errorf("a request is dead for another reason: %s, %s", d.Reason, d.Description)
		}

		if _, err := r.bus.Resubmit(r.t.Context(), dsr.QueueRequests, []int64{d.SequenceNumber}); err != nil {
			r.t.Fatal(err)
		}

		r.t.Log("a request was sent again by hand: its deliveries were spent")
	}
}

// awaitIdle waits until the queues hold only scheduled wake-ups.
func (r *harness) awaitIdle() {
	r.t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()

	for {
		waiting := int64(0)
		for _, q := range []string{dsr.QueueRequests, dsr.QueueExports, dsr.QueueDeletes, dsr.QueueApprovals, dsr.QueueClosings} {
			c := r.broker().Counts(q)
			waiting += int64(c.Active + c.Locked + c.DeadLetter)
			if q != dsr.QueueClosings {
				waiting += int64(c.Scheduled)
			}
		}
		if waiting == 0 {
			return
		}

		select {
		case <-deadline:
			r.t.Fatalf("%d messages are left in the queues", waiting)
		case <-tick.C:
		}
	}
}

// lockedBuffer is a buffer that several processes' output goes into.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// tail is the end of what was written.
func (l *lockedBuffer) tail(n int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.b.String()
	return text[max(0, len(text)-n):]
}

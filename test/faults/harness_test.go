package faults

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	azuremldsr "azureml-dsr"
	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/test/emulator/azurite"
	"azureml-dsr/test/emulator/fakeml"
	"azureml-dsr/test/emulator/servicebus"
	"azureml-dsr/test/emulator/stack"
)

// harness is the whole app with proxies before Azure ML and storage.
type harness struct {
	t                 testing.TB
	account           fakeml.Account
	fake              *fakeml.Server
	upstream, storage *proxy // what all handlers call
	callers           *callers
	blobs             *movableProxy
	azurite           *azurite.Process
	dataDir           string
	hosts             []*host

	audit, exports, index *archive.Archive
	ledger                *ledger.Ledger
	bus                   *bus.Bus
	log                   *lockedBuffer
}

// host is a Functions host with its handler, which a supervisor keeps running.
type host struct {
	*stack.Stack
	started chan int // process ids
	pid     atomic.Int64
	starts  atomic.Int64
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
		t:       t,
		account: o.account,
		log:     &lockedBuffer{},
		dataDir: t.TempDir(),
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(r.log.tail(60_000))
		}
	})

	r.fake = fakeml.New(fakeml.Options{
		Account:  o.account,
		Token:    stack.Token,
		Faults:   o.faults,
		PageSize: o.pageSize,
	})
	var front http.Handler = r.fake
	if o.front != nil {
		front = o.front(r.fake)
	}

	r.blobs = newMovableProxy(t)
	r.startAzurite("")
	t.Cleanup(func() { must(t, r.azurite.Stop()) })
	r.storage = openProxy(t, r.blobs)
	r.connectStorage()
	r.callers = &callers{all: front, each: map[string]http.Handler{}}
	r.upstream = openProxy(t, r.callers)

	for range max(o.hosts, 1) {
		each := front
		if o.each != nil {
			each = o.each(front)
		}
		r.startHost(r.callers.add(each), o.env)
	}

	r.connectBus()

	return r
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func (r *harness) startAzurite(key string) {
	r.t.Helper()
	p, err := azurite.Start(context.Background(), azurite.Options{Location: r.dataDir, Key: key})
	if err != nil {
		r.t.Fatal(err)
	}
	r.azurite = p
	r.blobs.lead(r.t, p.Endpoint())
}

// restartAzurite stops the storage and starts it again with what it kept.
func (r *harness) restartAzurite() {
	r.t.Helper()
	key := r.azurite.Key()
	if err := r.azurite.Stop(); err != nil {
		r.t.Fatal(err)
	}
	r.startAzurite(key)
}

// storageSetting leads to storage through the proxy.
func (r *harness) storageSetting() string {
	return strings.Replace(r.azurite.ConnectionString(), strings.TrimSuffix(r.azurite.Endpoint(), "/devstoreaccount1"), r.storage.url, 1)
}

// connectStorage reads by a way of its own, past the proxy's faults.
func (r *harness) connectStorage() {
	r.t.Helper()
	transport := archive.Transport()
	r.t.Cleanup(transport.CloseIdleConnections)
	aside := openProxy(r.t, r.blobs)
	setting := strings.Replace(r.storageSetting(), r.storage.url, aside.url, 1)
	dial := func(container string) *archive.Archive {
		b, err := archive.Dial(archive.DialOptions{
			ConnectionString: setting,
			Container:        container,
			Transport:        transport,
			PageSize:         1000,
		})
		if err != nil {
			r.t.Fatal(err)
		}
		if err := b.EnsureContainer(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
		return archive.New(b, nil)
	}

	r.audit, r.exports, r.index = dial("dsr-audit"), dial("dsr-exports"), dial("dsr-index")
	r.ledger = ledger.New(r.audit, r.exports, r.index)
}

func (r *harness) startHost(token string, env []string) {
	r.t.Helper()
	h := &host{started: make(chan int, 10_000)}
	settings := map[string]string{
		"AZUREML_ARM_ENDPOINT": r.upstream.url, "AZUREML_MODELMANAGEMENT_ENDPOINT": r.upstream.url, "AZUREML_EXPERIMENTS_ENDPOINT": r.upstream.url,
		"AZUREML_TOKEN": token, "ExportStorage": r.storageSetting(), "LIST_PAGE_SIZE": "1000",
	}

	if len(r.hosts) > 0 {
		settings["ServiceBusConnection"] = servicebus.ConnectionString(r.hosts[0].BrokerAddr())
	}

	queues, err := servicebus.ParseConfig(strings.NewReader(azuremldsr.QueuesJSON))
	if err != nil {
		r.t.Fatal(err)
	}
	h.Stack, err = stack.Start(r.t.Context(), stack.Options{
		AppDir:        packaged(r.t),
		Queues:        queues,
		Lookup:        func(name string) (string, bool) { v, ok := settings[name]; return v, ok },
		Env:           append([]string{"LOST_AFTER=20s", "LIST_PAGE_SIZE=1000"}, env...),
		Logger:        slog.New(slog.NewTextHandler(r.log, nil)),
		HandlerOutput: r.log,
		OnHandlerStart: func(pid int) {
			h.pid.Store(int64(pid))
			h.starts.Add(1)
			h.started <- pid
		},
	})
	if err != nil {
		r.t.Fatal(err)
	}

	r.t.Cleanup(func() { must(r.t, h.Stop()) })
	r.hosts = append(r.hosts, h)
}

// packaged is the app's folder with the binary.
func packaged(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "app")
	err := errors.Join(
		os.CopyFS(dir, azuremldsr.Functions()),
		os.WriteFile(filepath.Join(dir, "host.json"), []byte(azuremldsr.HostJSON), 0o600),
		os.Symlink(binary, filepath.Join(dir, "dsr")),
	)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func (r *harness) connectBus() {
	r.t.Helper()
	client, err := azservicebus.NewClientFromConnectionString(servicebus.ConnectionString(r.hosts[0].BrokerAddr()), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	r.bus = bus.New(client)
	r.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		must(r.t, r.bus.Close(ctx))
	})
}

// kill ends the handler's process at once; false when none runs just now.
func (h *host) kill(signal syscall.Signal) bool {
	pid := h.pid.Swap(0)
	return pid > 0 && syscall.Kill(int(pid), signal) == nil
}

// broker is the queues.
func (r *harness) broker() *servicebus.Server { return r.hosts[0].Broker }

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

// resubmit does what docs/dead-letters.md tells an operator to do with a request
// whose deliveries are spent: it is sent again. Until the host has seen that the
// handler ended, it spends some on every kill.
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

// awaitIdle waits until no queue holds anything but wake-ups for later.
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

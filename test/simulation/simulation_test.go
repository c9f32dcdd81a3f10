package simulation_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"azureml-dsr/handlers"
	"azureml-dsr/internal/app"
	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	fake "azureml-dsr/test/emulator/fakeml"
	"azureml-dsr/test/emulator/servicebus/queue"
)

const (
	testRequest = "request-1"
	lostAfter   = 15 * time.Minute
	watchEvery  = 15 * time.Minute
	// listCall is how many names one call of a listing gives: few, so that other work
	// has its effects between the calls of each.
	listCall = 4
)

// simulation is everything outside the process: storage, queues and the upstream,
// all in memory, on the clock of a synctest bubble.
type simulation struct {
	t        testing.TB
	audit    archive.Backend
	exports  archive.Backend
	index    archive.Backend
	queues   map[string]*queue.Queue
	upstream *fake.Server
	account  fake.Account
	lastSeen time.Time    // of dsr_watch
	log      lockedBuffer // what the processes log, a JSON line each
	// front is what processes ask: the upstream, or what is put before it.
	front http.Handler
	// watch, where set, is put between each process and the front.
	watch func(front http.Handler) http.Handler
	// chunk is how many items a task reads, and delays are the pauses of redrives.
	chunk  int
	delays []time.Duration
	// busy, where set, is what Service Bus is.
	busy *busyBus
	// undrainable makes every look at dead letters fail.
	undrainable bool
	// long says that no look into a queue comes to its end.
	long bool
	// signer signs manifests; nil leaves them unsigned.
	signer ledger.Signer
	// skew is by how much the clock of the next process is wrong.
	skew time.Duration
	// retention is how long documents are kept, and retentionTime how long one run
	// removes what has expired.
	retention, retentionTime time.Duration
	// pick chooses which of n deliverable queues is served next.
	pick func(n int) int
	// boot makes the process that the next deliveries go to.
	boot func() *process
	live *process
}

func smallAccount() fake.Account {
	return fake.Account{
		Seed:            7,
		SubscriptionID:  "sub-1",
		ResourceGroup:   "group-1",
		Location:        "eastus2",
		Experimentation: "team",
		ModelManagement: "models",
		Workspaces:      1,
		Projects:        1,
		Runs:            3,
		Models:          1,
		ArtifactsPerRun: 3,
		SubjectObjectID: "11111111-2222-3333-4444-555555555555",
	}
}

func newSimulation(t testing.TB, account fake.Account, pageSize int) *simulation {
	t.Helper()
	w := &simulation{
		t:         t,
		audit:     memory.NewPaged(listCall),
		exports:   memory.NewPaged(listCall),
		index:     memory.NewPaged(listCall),
		account:   account,
		upstream:  fake.New(fake.Options{Account: account, Token: "secret", PageSize: pageSize}),
		queues:    map[string]*queue.Queue{},
		lastSeen:  time.Now(),
		pick:      func(int) int { return 0 },
		chunk:     2,
		retention: retentionDays,
		delays:    []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute},
	}

	w.front = w.upstream
	w.upstream.SetBase("http://127.0.0.1:9")
	const day = 24 * time.Hour
	work := queue.Options{
		LockDuration:      time.Minute,
		MaxDeliveryCount:  5,
		TTL:               14 * day,
		DeadLetterExpired: true,
		DuplicateWindow:   10 * time.Minute,
	}

	requests := work
	requests.MaxDeliveryCount, requests.DuplicateWindow = 10, 0
	closings := work
	closings.TTL, closings.DeadLetterExpired = time.Hour, false
	w.queues[dsr.QueueRequests] = queue.New(requests)
	w.queues[dsr.QueueExports] = queue.New(work)
	w.queues[dsr.QueueClosings] = queue.New(closings)
	w.queues[dsr.QueueDeletes] = queue.New(work)
	w.queues[dsr.QueueApprovals] = queue.New(requests)
	w.boot = func() *process { return w.newProcess(&faultInjector{}) }

	return w
}

func (w *simulation) close() {
	for _, q := range w.queues {
		q.Close()
	}
}

// queue returns a queue or, by its suffix, a dead-letter queue.
func (w *simulation) queue(name string) *queue.Queue {
	for base, q := range w.queues {
		if name == bus.DeadLetter(base) {
			return q.DeadLetter()
		}
	}
	return w.queues[name]
}

// process is one run of the handler: all that it holds is lost when it dies.
type process struct {
	handlers.Functions
	wire *faultInjector
}

func (w *simulation) newProcess(wire *faultInjector) *process {
	w.t.Helper()
	log := slog.New(slog.NewJSONHandler(&w.log, nil))
	front := w.front
	if w.watch != nil {
		front = w.watch(front)
	}

	skew := w.skew
	now := func() time.Time { return time.Now().Add(skew) }
	audit := archive.New(wiredBackend{w.audit, wire}, nil)
	exports := archive.New(wiredBackend{w.exports, wire}, nil)
	records := ledger.New(audit, exports, archive.New(wiredBackend{w.index, wire}, nil))
	client, err := azureml.New(azureml.Options{
		BaseURLs:   azureml.BaseURLs{ARM: "http://127.0.0.1:9", ModelManagement: "http://127.0.0.1:9", Experiments: "http://127.0.0.1:9"},
		Credential: azureml.StaticToken("secret"), Transport: wiredTransport{front, wire},
	})
	if err != nil {
		w.t.Fatal(err)
	}

	functions := app.New(app.Deps{
		Ledger:   records,
		Exports:  exports,
		Bus:      wiredBus{w, wire},
		Upstream: client,
		Signer:   w.signer,
		Now:      now,
		Logger:   log,
	}, app.Config{
		ChunkItems:      w.chunk,
		ListItems:       2,
		RedriveDelays:   w.delays,
		LostAfter:       lostAfter,
		Retention:       w.retention,
		RetentionTime:   w.retentionTime,
		DeletesEnabled:  true,
		RequireApproval: true,
	})

	return &process{Functions: functions, wire: wire}
}

func (w *simulation) invoke(p *process, name string, d queue.Delivery, f func(context.Context, customhandler.Message) error) {
	m := d.Payload.(dsr.Message)
	props := map[string]any{}
	for k, v := range m.Properties {
		props[k] = v
	}

	for _, prop := range d.Properties {
		props[prop.Name] = prop.Value
	}

	done := make(chan struct{})
	defer close(done)

	go w.renew(name, d.Token, done)
	err := f(context.Background(), customhandler.Message{
		Body:                  m.Body,
		MessageID:             m.ID,
		LockToken:             d.Token,
		DeliveryCount:         int(d.DeliveryCount) + 1,
		SequenceNumber:        d.Sequence,
		EnqueuedTime:          d.EnqueuedAt,
		ApplicationProperties: props,
	})
	if err == nil {
		return
	}

	if !errors.Is(err, errDead) && !p.wire.isDead() {
		w.t.Logf("%s failed: %v", name, err)
	}

	if err := w.queue(name).Settle(queue.Abandon, nil, d.Token); err != nil && !errors.Is(err, queue.ErrLockLost) {
		w.t.Fatalf("abandoning: %v", err)
	}
}

// renew keeps a message's lock while its invocation goes on, for as long as the
// host does: maxAutoLockRenewalDuration.
func (w *simulation) renew(name string, token queue.Token, done <-chan struct{}) {
	for end := time.Now().Add(12 * time.Minute); time.Now().Before(end); {
		select {
		case <-done:
			return
		case <-time.After(30 * time.Second):
			if _, err := w.queue(name).Renew(token); err != nil {
				return // it is settled
			}
		}
	}
}

// step serves one message of some queue; false when none is deliverable.
func (w *simulation) step() bool {
	if w.live == nil || w.live.wire.isDead() {
		w.live = w.boot()
	}
	return w.stepOn(w.live, func(invoke func()) { invoke() })
}

// stepOn lets a process serve one message of some queue, by way of run.
func (w *simulation) stepOn(p *process, run func(invoke func())) bool {
	kinds := []struct {
		queue string
		f     func(context.Context, customhandler.Message) error
	}{
		{dsr.QueueRequests, p.DSRIntake},
		{dsr.QueueExports, p.DSRExport},
		{bus.DeadLetter(dsr.QueueExports), p.DSRExportRedrive},
		{dsr.QueueDeletes, p.DSRDelete},
		{bus.DeadLetter(dsr.QueueDeletes), p.DSRDeleteRedrive},
		{dsr.QueueApprovals, p.DSRApprove},
		{dsr.QueueClosings, p.DSRClose},
	}

	first := w.pick(len(kinds))
	for i := range kinds {
		k := kinds[(first+i)%len(kinds)]
		if d, ok := w.queue(k.queue).Receive(); ok {
			run(func() { w.invoke(p, k.queue, d, k.f) })
			return true
		}
	}

	if time.Since(w.lastSeen) < watchEvery {
		return false
	}

	w.lastSeen = time.Now()
	if err := p.DSRWatch(context.Background(), customhandler.Timer{}); err != nil && !p.wire.isDead() && !dsr.OfQueue(err) {
		w.t.Fatalf("watching: %v", err)
	}

	return true
}

// run serves messages and moves the clock until nothing waits any more, or a
// time has passed.
func (w *simulation) run(most time.Duration) {
	w.t.Helper()
	deadline := time.Now().Add(most)
	for !w.idle() {
		if w.step() {
			continue
		}
		if time.Now().After(deadline) {
			return
		}
		<-time.After(time.Second)
	}
}

// idle reports whether no queue holds anything and no attempt is open.
func (w *simulation) idle() bool {
	for _, q := range w.queues {
		if c := q.Counts(); c.Active+c.Locked+c.Scheduled+c.DeadLetter > 0 {
			return false
		}
	}
	for _, err := range w.index.List(context.Background(), dsr.OpenPrefix, "") {
		return err != nil
	}
	return true
}

// submit sends the standard request.
func (w *simulation) submit(body string) {
	w.t.Helper()
	w.send(dsr.QueueRequests, dsr.Message{ID: testRequest, Body: []byte(body)})
}

func (w *simulation) send(name string, m dsr.Message) {
	w.t.Helper()
	if _, err := w.queue(name).Send(queue.Message{
		ID:           m.ID,
		Size:         len(m.Body),
		Payload:      m,
		ScheduledFor: m.NotBefore,
	}); err != nil {
		w.t.Fatal(err)
	}
}

const exportRequest = `{"schemaVersion":"1.0","id":"request-1","kind":"export",
 "subject":{"objectId":"11111111-2222-3333-4444-555555555555","userPrincipalName":"ada@example.org"},
 "scope":[{"subscriptionId":"sub-1","resourceGroup":"group-1","location":"eastus2",
  "experimentationAccount":"team","modelManagementAccount":"models"}]}`

// wiredTransport calls the fake upstream without a socket.
type wiredTransport struct {
	upstream http.Handler
	wire     *faultInjector
}

func (t wiredTransport) Do(req *http.Request) (*http.Response, error) {
	if err := t.wire.look(); err != nil {
		return nil, err
	}

	if req.Body == nil {
		req.Body = http.NoBody
	}

	rec := httptest.NewRecorder()
	in := req.Clone(req.Context())
	in.Host, in.RequestURI = req.URL.Host, req.URL.RequestURI()
	t.upstream.ServeHTTP(rec, in)
	if err := req.Context().Err(); err != nil { // the answer stalled until the client had enough
		return nil, err
	}

	resp := rec.Result()
	resp.Request = req

	return resp, nil
}

package simulation_test

import (
	"net/http"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/telemetry"
	fake "azureml-dsr/test/emulator/fakeml"
	"azureml-dsr/test/emulator/servicebus/queue"
)

const (
	testRequest = "request-1"
	lostAfter   = 15 * time.Minute
	watchEvery  = 15 * time.Minute
	upstreamURL = "http://127.0.0.1:9" // nobody listens there
	// listCall is how many names one call of a listing returns: few, so that other work
	// has its effects between the calls.
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
	// front is what the processes call: the upstream, or a handler in front of it.
	front http.Handler
	// wrap, where set, is put between each process and the front.
	wrap func(front http.Handler) http.Handler
	// chunk is how many items a task reads, and delays are the pauses of redrives.
	chunk  int
	delays []time.Duration
	// busy, where set, is what Service Bus is.
	busy *busyBus
	// outgoing, where set, changes each message that a process sends.
	outgoing func(dsr.Message) dsr.Message
	// undrainable makes every drain of dead letters fail.
	undrainable bool
	// queuesTooLong makes every queue too long to be scanned to its end.
	queuesTooLong bool
	// signer signs manifests; nil leaves them unsigned.
	signer ledger.Signer
	// scopes are the named ones of the next process, and people who its directory has;
	// nil: nobody is looked up.
	scopes dsr.ScopeNames
	people fanout.People
	// receiver, where set, is who the requests' callbacks lead to.
	receiver *receiver
	// telemetry, where set, records what the next process does, which the host then calls as
	// it does on Azure.
	telemetry *telemetry.Recorder
	// skew is by how much the clock of the next process is wrong.
	skew time.Duration
	// retention is how long documents are kept.
	retention time.Duration
	// pick chooses which of n deliverable queues is served next.
	pick func(n int) int
	// dying are the fault injectors that must have struck by the end.
	dying []*faultInjector
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
	sim := &simulation{
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

	sim.front = sim.upstream
	sim.upstream.SetBase(upstreamURL)
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
	sim.queues[dsr.QueueRequests] = queue.New(requests)
	sim.queues[dsr.QueueExports] = queue.New(work)
	sim.queues[dsr.QueueClosings] = queue.New(closings)
	sim.queues[dsr.QueueDeletes] = queue.New(work)
	sim.queues[dsr.QueueApprovals] = queue.New(requests)
	callbacks := work
	callbacks.DuplicateWindow = 0
	sim.queues[dsr.QueueCallbacks] = queue.New(callbacks)
	sim.queues[dsr.QueueCopies] = queue.New(callbacks)
	sim.boot = func() *process { return sim.newProcess(&faultInjector{}) }

	return sim
}

// close ends the simulation, and fails the test when a process that was to die has not.
func (sim *simulation) close() {
	for _, f := range sim.dying {
		if !f.isDead() && !sim.t.Failed() {
			sim.t.Errorf("no process died at %q", f.target)
		}
	}

	for _, q := range sim.queues {
		q.Close()
	}
}

// queue returns a queue or, by its suffix, a dead-letter queue.
func (sim *simulation) queue(name string) *queue.Queue {
	for base, q := range sim.queues {
		if name == bus.DeadLetter(base) {
			return q.DeadLetter()
		}
	}
	return sim.queues[name]
}

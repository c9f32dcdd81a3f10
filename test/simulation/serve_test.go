package simulation_test

import (
	"context"
	"strings"
	"time"

	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/emulator/servicebus/queue"
)

// allQueues are the queues that have a function, in the order in which they are served.
var allQueues = []string{
	dsr.QueueRequests,
	dsr.QueueExports, bus.DeadLetter(dsr.QueueExports),
	dsr.QueueDeletes, bus.DeadLetter(dsr.QueueDeletes),
	dsr.QueueApprovals,
	dsr.QueueCallbacks,
	dsr.QueueCopies,
	dsr.QueueClosings,
}

// step serves one message of some queue and reports whether one was deliverable.
func (sim *simulation) step() bool {
	if sim.live == nil || sim.live.faults.isDead() {
		sim.live = sim.boot()
	}
	return sim.stepOn(sim.live, func(invoke func()) { invoke() })
}

// stepOn lets a process serve one message of some queue, by way of run.
func (sim *simulation) stepOn(p *process, run func(invoke func())) bool {
	first := sim.pick(len(allQueues))
	for i := range allQueues {
		name := allQueues[(first+i)%len(allQueues)]
		if d, ok := sim.queue(name).Receive(); ok {
			run(func() { sim.invoke(p, name, d) })
			return true
		}
	}

	if time.Since(sim.lastSeen) < watchEvery {
		return false
	}

	sim.lastSeen = time.Now()
	if err := p.DSRWatch(context.Background(), customhandler.Timer{}); err != nil && !p.faults.isDead() && !dsr.OfQueue(err) {
		sim.t.Fatalf("watching: %v", err)
	}

	return true
}

// run serves messages and moves the clock until nothing waits any more, or until most
// has passed.
func (sim *simulation) run(most time.Duration) {
	sim.t.Helper()
	deadline := time.Now().Add(most)
	for !sim.idle() {
		if sim.step() {
			continue
		}
		if time.Now().After(deadline) {
			return
		}
		<-time.After(time.Second)
	}
}

// runUntil serves messages and moves the clock until done. It fails the test when that
// takes longer than a day.
func (sim *simulation) runUntil(done func() bool) {
	sim.t.Helper()
	for deadline := time.Now().Add(24 * time.Hour); !done(); {
		if time.Now().After(deadline) {
			sim.t.Fatal("what was waited for did not come within a day")
		}
		if !sim.step() {
			<-time.After(time.Second)
		}
	}
}

// runReconcilerOnly moves the clock n times by a step, and serves the wake-ups that are
// due after each. No other queue is served.
func (sim *simulation) runReconcilerOnly(n int, step time.Duration) {
	for range n {
		<-time.After(step)
		for sim.deliverWakeUp() {
		}
	}
}

// export runs the standard request to its end.
func (sim *simulation) export() {
	sim.t.Helper()
	sim.submit(exportRequest)
	sim.run(time.Hour)
}

// mustBeIdle fails the test when a queue holds anything or an attempt is open.
func (sim *simulation) mustBeIdle() {
	sim.t.Helper()
	if !sim.idle() {
		sim.t.Fatal("something is left open or waiting")
	}
}

// idle reports whether no queue holds anything, no attempt is open and no callback is owed
// anything.
func (sim *simulation) idle() bool {
	for _, q := range sim.queues {
		if c := q.Counts(); c.Active+c.Locked+c.Scheduled+c.DeadLetter > 0 {
			return false
		}
	}
	for _, prefix := range []string{dsr.OpenPrefix, dsr.CallbacksPrefix} {
		for _, err := range sim.index.List(context.Background(), prefix, "") {
			return err != nil
		}
	}
	return true
}

// complete submits a request and runs it until nothing is open or waits. It returns what
// the first attempt has come to.
func (sim *simulation) complete(request string) outcome {
	sim.t.Helper()
	sim.submit(request)
	sim.run(72 * time.Hour)
	sim.mustBeIdle()
	return sim.outcome()
}

// submit sends a request under the standard id.
func (sim *simulation) submit(body string) {
	sim.t.Helper()
	sim.send(dsr.QueueRequests, dsr.Message{ID: testRequest, Body: []byte(body)})
}

// submitAs sends a copy of a standard request under another id.
func (sim *simulation) submitAs(id, body string) {
	sim.t.Helper()
	sim.send(dsr.QueueRequests, dsr.Message{ID: id, Body: []byte(strings.Replace(body, testRequest, id, 1))})
}

// purge removes all messages from a queue.
func (sim *simulation) purge(queue string) {
	for {
		if _, ok := sim.queue(queue).Take(); !ok {
			return
		}
	}
}

// send puts a message into a queue.
func (sim *simulation) send(name string, m dsr.Message) {
	sim.t.Helper()
	if _, err := sim.queue(name).Send(queue.Message{
		ID:           m.ID,
		Size:         len(m.Body),
		Payload:      m,
		ScheduledFor: m.NotBefore,
	}); err != nil {
		sim.t.Fatal(err)
	}
}

const exportRequest = `{"schemaVersion":"1.0","id":"request-1","kind":"export",
 "subject":{"objectId":"11111111-2222-3333-4444-555555555555","userPrincipalName":"ada@example.org"},
 "scope":[{"subscriptionId":"sub-1","resourceGroup":"group-1","location":"eastus2",
  "experimentationAccount":"team","modelManagementAccount":"models"}]}`

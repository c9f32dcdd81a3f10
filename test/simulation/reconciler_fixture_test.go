package simulation_test

import (
	"context"
	"slices"
	"strings"
	"time"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
)

// wakeUp sends a wake-up that is due now and serves it with a process.
func (sim *simulation) wakeUp(p *process) {
	sim.t.Helper()
	m, err := dsr.WakeUpMessage(attempt1, time.Now())
	if err != nil {
		sim.t.Fatal(err)
	}
	err = p.DSRClose(context.Background(), customhandler.Message{Body: m.Body, MessageID: m.ID, DeliveryCount: 1})
	if err != nil && !strings.Contains(err.Error(), "lock is lost") { // no queue has delivered it
		sim.t.Fatal(err)
	}
}

// reconcile sends a wake-up that is due now and serves it with a new process.
func (sim *simulation) reconcile() {
	sim.t.Helper()
	sim.wakeUp(sim.newProcess(&faultInjector{}))
}

// open sends the standard request and serves its intake: the tasks are sent, and none
// is worked.
func (sim *simulation) open() {
	sim.t.Helper()
	sim.submit(exportRequest)
	sim.step()
	if _, found, err := sim.records().Plan(context.Background(), attempt1); !found || err != nil {
		sim.t.Fatalf("the request has no plan, %v", err)
	}
}

// alterOpenRecord rewrites the attempt's index record.
func (sim *simulation) alterOpenRecord(change func(*dsr.OpenRecord)) {
	sim.t.Helper()
	open, version, _, err := sim.records().OpenVersion(context.Background(), attempt1)
	if err != nil {
		sim.t.Fatal(err)
	}
	change(&open)
	if _, err := sim.records().SwapOpen(context.Background(), open, version); err != nil {
		sim.t.Fatal(err)
	}
}

// scheduled returns the ticks after which the wake-ups that wait are named.
func (sim *simulation) scheduled() []time.Time {
	var ticks []time.Time
	for _, d := range sim.queue(dsr.QueueClosings).Peek(0, 1<<20) {
		n, err := dsr.DecodeWakeUp(d.Payload.(dsr.Message).Body)
		if err != nil {
			sim.t.Fatal(err)
		}
		ticks = append(ticks, n.At())
	}
	slices.SortFunc(ticks, time.Time.Compare)
	return ticks
}

// deliverWakeUp serves one wake-up and reports whether there was one.
func (sim *simulation) deliverWakeUp() bool {
	d, ok := sim.queue(dsr.QueueClosings).Receive()
	if ok {
		sim.invoke(sim.live, dsr.QueueClosings, d)
	}
	return ok
}

package simulation_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
)

func bulkScope(group string) dsr.ScopeEntry {
	return dsr.ScopeEntry{Place: dsr.Scope{
		SubscriptionID:         "sub-1",
		ResourceGroup:          group,
		Location:               "eastus2",
		ExperimentationAccount: "team",
	}}
}

// startBulk starts a process whose timer exports these scopes.
func (sim *simulation) startBulk(scopes ...dsr.ScopeEntry) *process {
	p := sim.boot()
	p.Bulk = &fanout.Bulk{
		Scopes: scopes,
		Queue:  injectedBus{sim, p.faults},
		Now:    time.Now,
		Logger: slog.New(slog.DiscardHandler),
	}
	sim.live = p
	return p
}

func (sim *simulation) fire(p *process, t customhandler.Timer) {
	sim.t.Helper()
	if err := p.BulkExport(context.Background(), t); err != nil {
		sim.t.Fatal(err)
	}
}

// manifests returns the status of each closed request by its id.
func (sim *simulation) manifests() map[string]dsr.Status {
	out := map[string]dsr.Status{}
	for _, name := range sim.names(sim.audit, "") {
		if strings.HasSuffix(name, "/manifest.json") {
			m := decode[dsr.Manifest](sim.t, readBlob(sim.t, sim.audit, name))
			out[m.RequestID] = m.Status
		}
	}
	return out
}

func TestThreeSchedulesOneLateAndOneDoubledAreThreeRequests(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		p := sim.startBulk(bulkScope("group-1"))
		first := time.Now().Add(time.Hour).Truncate(time.Hour)
		day := func(n int) time.Time { return first.AddDate(0, 0, n) }
		sim.advanceTo(day(0))
		sim.fire(p, customhandler.Timer{Next: day(0)})
		sim.run(time.Hour)

		sim.advanceTo(day(1).Add(8 * time.Hour)) // no host ran at night
		sim.fire(p, customhandler.Timer{Next: day(1), Last: day(0), IsPastDue: true})
		sim.run(time.Hour)

		sim.advanceTo(day(2))
		sim.fire(p, customhandler.Timer{Next: day(2), Last: day(1)})
		other := sim.startBulk(bulkScope("group-1")) // another instance
		sim.fire(other, customhandler.Timer{Next: day(2).In(time.FixedZone("", 3600)), Last: day(1)})
		sim.run(time.Hour)
		sim.fire(other, customhandler.Timer{Next: day(2), Last: day(1), IsPastDue: true})
		sim.run(time.Hour)

		got := sim.manifests()
		if len(got) != 3 || !sim.idle() {
			t.Fatalf("closed %v, want three", got)
		}

		var before *dsr.Previous
		for n := range 3 {
			suffix := "-" + day(n).UTC().Format("20060102T150405Z")
			id := ""
			for closed, status := range got {
				if strings.HasSuffix(closed, suffix) && status == dsr.StatusSucceeded {
					id = closed
				}
			}
			if id == "" {
				t.Fatalf("closed %v, want a success whose id ends with %s", got, suffix)
			}

			manifest := readBlob(t, sim.audit, dsr.Attempt{RequestID: id, Number: 1}.Manifest())
			if diff := cmp.Diff(before, decode[dsr.Manifest](t, manifest).Previous); diff != "" {
				t.Errorf("run %d names another as the previous (-want +got):\n%s", n, diff)
			}

			before = &dsr.Previous{RequestID: id, Attempt: 1, SHA256: hashOf(manifest)}
		}

		if dead := sim.deadLetters(dsr.QueueRequests); len(dead) > 0 {
			t.Error(dead)
		}
	})
}

// advanceTo moves the clock to a time.
func (sim *simulation) advanceTo(at time.Time) { <-time.After(time.Until(at)) }

func TestABulkRequestIsOfEverybodyAndSaysWhence(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		p := sim.startBulk(bulkScope("group-1"))
		at := time.Now().Truncate(time.Second)
		sim.fire(p, customhandler.Timer{Next: at})
		sim.run(time.Hour)

		for id := range sim.manifests() {
			got := decode[dsr.RequestRecord](t, readBlob(t, sim.audit, dsr.RequestBlob(id)))
			if got.Subject != nil || got.Source != "bulk_export" || got.Kind != dsr.KindExport || !got.SubmittedAt.Equal(at) {
				t.Errorf("recorded %+v", got.Request)
			}
			return
		}

		t.Error("nothing was closed")
	})
}

func TestAScopeThatFailsDoesNotStopTheOthers(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		invalid := bulkScope("group-1")
		invalid.Place.Location = "Not A Location"
		p := sim.startBulk(invalid, bulkScope("misspelt"), bulkScope("group-1"))
		sim.fire(p, customhandler.Timer{Next: time.Now()})
		sim.run(2 * time.Hour)
		byStatus := map[dsr.Status]int{}
		for _, status := range sim.manifests() {
			byStatus[status]++
		}

		if byStatus[dsr.StatusSucceeded] != 1 || byStatus[dsr.StatusFailed] != 1 || len(sim.deadLetters(dsr.QueueRequests)) != 1 {
			t.Errorf("closed %v, dead %v", byStatus, sim.deadLetters(dsr.QueueRequests))
		}
	})
}

func TestAScopeThatCanNotBeSentDoesNotStopTheOthers(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		p := sim.startBulk(bulkScope("group-1"), bulkScope("group-2"))
		at := time.Now()
		p.Bulk = &fanout.Bulk{
			Scopes: []dsr.ScopeEntry{bulkScope("group-1"), bulkScope("group-2")},
			Queue:  &failingOnce{Queue: injectedBus{sim, p.faults}},
			Now:    time.Now,
			Logger: slog.New(slog.DiscardHandler),
		}

		if err := p.BulkExport(context.Background(), customhandler.Timer{Next: at}); err == nil {
			t.Error("a run that could not send all is taken for a good one")
		}
		if c := sim.queue(dsr.QueueRequests).Counts(); c.Active+c.Scheduled != 1 {
			t.Errorf("%+v, want the other scope's request", c)
		}
	})
}

// failingOnce is a queue that does not take the first message.
type failingOnce struct {
	fanout.Queue
	failed bool
}

func (q *failingOnce) Send(ctx context.Context, name string, messages ...dsr.Message) error {
	if !q.failed {
		q.failed = true
		return dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "the queue is away")
	}
	return q.Queue.Send(ctx, name, messages...)
}

func TestManyScopesAreSpreadOverTime(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		var few, many []dsr.ScopeEntry
		for n := range 1000 {
			s := bulkScope("group-" + strings.Repeat("x", n%200) + string(rune('a'+n/200)))
			few, many = append(few, s)[:min(n+1, 3)], append(many, s)
		}

		start := time.Now()
		sim.fire(sim.startBulk(few...), customhandler.Timer{Next: start})
		var waits []time.Duration
		for _, d := range sim.queue(dsr.QueueRequests).Peek(0, 10) {
			waits = append(waits, d.Payload.(dsr.Message).NotBefore.Sub(start))
		}

		if len(waits) != 3 || waits[0] != 0 || waits[1] != time.Minute || waits[2] != 2*time.Minute {
			t.Errorf("they are received after %v, want a minute apart", waits)
		}

		sim.fire(sim.startBulk(many...), customhandler.Timer{Next: start.Add(time.Second)})
		last := time.Duration(0)
		for _, d := range sim.queue(dsr.QueueRequests).Peek(0, 2000) {
			last = max(last, d.Payload.(dsr.Message).NotBefore.Sub(start))
		}

		if last < 5*time.Hour || last > 6*time.Hour {
			t.Errorf("the last of 1000 is received after %s, want within six hours", last)
		}
	})
}

func TestARunThatHasNoTimeOfTheScheduleIsForItsMinute(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		p := sim.startBulk(bulkScope("group-1"))
		sim.advanceTo(time.Now().Truncate(time.Hour).Add(time.Hour))
		sim.fire(p, customhandler.Timer{})
		<-time.After(10 * time.Second)
		sim.fire(p, customhandler.Timer{Next: time.Now().Add(5 * time.Hour)}) // started by hand
		<-time.After(time.Minute)
		sim.fire(p, customhandler.Timer{})
		sim.run(time.Hour)

		if got := sim.manifests(); len(got) != 2 {
			t.Errorf("closed %v, want one for each minute", got)
		}
	})
}

func TestABulkExportOfNothingFails(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		err := sim.startBulk().BulkExport(context.Background(), customhandler.Timer{Next: time.Now()})
		if err == nil || !strings.Contains(err.Error(), "BULK_EXPORT_SCOPES") {
			t.Errorf("%v, want an error that names the setting", err)
		}
	})
}

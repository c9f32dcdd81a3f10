package simulation_test

import (
	"flag"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
)

// tasks is how many tasks the larger export has; `make bench` sets 17000.
var tasks = flag.Int("tasks", 1000, "tasks of the larger export in TestCallsGrowWithTheTasksAndNoFaster")

// callsPerTask runs an export of small tasks, one every 5 ms and with listings
// as slow as a busy storage account's, and counts what it asks of storage and
// Service Bus.
func callsPerTask(t testing.TB, tasks int) float64 {
	t.Helper()
	account := smallAccount()
	account.Models, account.Runs = 2*tasks, 0 // chunks of two
	sim := newSimulation(t, account, 100)
	defer sim.close()

	faults := &faultInjector{listing: 500 * time.Millisecond}
	sim.live = sim.newProcess(faults)
	sim.submit(exportRequest)

	for deadline := time.Now().Add(24 * time.Hour); !sim.idle() && time.Now().Before(deadline); {
		sim.step()
		<-time.After(5 * time.Millisecond)
	}

	got := sim.outcome()
	if got.Status != dsr.StatusSucceeded || got.Totals["E03"].Documents != int64(2*tasks) || len(got.Receipts) < tasks {
		t.Fatalf("status %s, %+v", got.Status, got.Totals["E03"])
	}

	upstream := 0
	for _, s := range sim.upstream.Served() {
		upstream += s.Count
	}

	return float64(faults.count+faults.reads-upstream) / float64(len(got.Receipts))
}

func TestCallsGrowWithTheTasksAndNoFaster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		few, many := callsPerTask(t, *tasks/10), callsPerTask(t, *tasks)
		t.Logf("calls to storage and Service Bus per task: %.2f for %d tasks, %.2f for %d", few, *tasks/10, many, *tasks)
		if many > few*1.05 {
			t.Errorf("calls per task grow from %.2f to %.2f", few, many)
		}
	})
}

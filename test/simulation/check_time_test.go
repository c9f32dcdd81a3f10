package simulation_test

import (
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

// A check whose listings are slow leaves the rest to the next one: an invocation has
// ten minutes, and a claim dies a minute after its last renewal.
func TestACheckEndsItselfLongBeforeItsInvocation(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.submit(exportRequest)
		for range 400 { // all is worked and nothing is closed
			sim.step()
			sim.purge(dsr.QueueClosings)
		}

		receipts := sim.names(sim.audit, attempt1.Receipts())
		if err := sim.audit.Delete(t.Context(), receipts[len(receipts)-1]); err != nil {
			t.Fatal(err)
		}

		sim.alterOpenRecord(func(o *dsr.OpenRecord) { o.Checkpoint, o.LastCheck = dsr.Checkpoint{}, nil })

		var longest time.Duration
		for range 10 {
			begun := time.Now()
			sim.wakeUp(sim.newProcess(&faultInjector{listing: 50 * time.Second}))
			longest = max(longest, time.Since(begun))
			sim.purge(dsr.QueueClosings)
			<-time.After(2 * time.Second)
		}

		if longest > 5*time.Minute || longest < 4*time.Minute {
			t.Errorf("a check took %s", longest)
		}
	})
}

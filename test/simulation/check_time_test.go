package simulation_test

import (
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

// A check whose listings are slow leaves the rest to the next one: an invocation has
// ten minutes, and a claim that its closer can no longer renew is dead after one.
func TestACheckEndsItselfLongBeforeItsInvocation(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(exportRequest)
		for range 400 { // all is worked and nothing is closed
			w.step()
			w.emptyClosings()
		}

		receipts := w.names(w.audit, attempt1.Receipts())
		if err := w.audit.Delete(t.Context(), receipts[len(receipts)-1]); err != nil {
			t.Fatal(err)
		}

		w.alter(func(o *dsr.OpenRecord) { o.Checkpoint, o.LastCheck = dsr.Checkpoint{}, nil })

		var longest time.Duration
		for range 10 {
			begun := time.Now()
			w.wakeNow(w.newProcess(&faultInjector{listing: 50 * time.Second}))
			longest = max(longest, time.Since(begun))
			w.emptyClosings()
			<-time.After(2 * time.Second)
		}

		if longest > 5*time.Minute || longest < 4*time.Minute {
			t.Errorf("a check took %s", longest)
		}
	})
}

package simulation_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
)

// cancel records that the first attempt is canceled, as `dsr cancel` does.
func (sim *simulation) cancel() {
	sim.t.Helper()
	const record = `{"schemaVersion":"1.0","requestId":"request-1","attempt":1,"at":"2026-11-24T10:00:00Z","reason":"withdrawn"}`
	if err := sim.audit.Put(context.Background(), attempt1.Cancel(), []byte(record), nil); err != nil {
		sim.t.Fatal(err)
	}
}

func TestACanceledExportIsCompleteAtOnce(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.submit(exportRequest)
		for range 6 {
			sim.step()
		}

		sim.cancel()

		called := sim.served("E16") + sim.served("E03") + sim.served("E19")

		sim.runReconcilerOnly(5, time.Second) // only the reconciler is served

		if sim.queue(dsr.QueueExports).Counts().Active == 0 {
			t.Fatal("no task is left that could come late")
		}

		got := sim.outcome()
		sim.run(time.Hour)

		if diff := cmp.Diff(got, sim.outcome()); diff != "" {
			t.Errorf("tasks that came after the closing changed it:\n%s", diff)
		}
		if got.Status != dsr.StatusCanceled || len(got.Receipts) == 0 {
			t.Errorf("status %s with %d receipts", got.Status, len(got.Receipts))
		}
		if now := sim.served("E16") + sim.served("E03") + sim.served("E19"); now != called {
			t.Errorf("%d calls were made after the export was canceled", now-called)
		}
		if !sim.idle() {
			t.Error("something is left open or waiting")
		}
	})
}

// A cancel may come before the worker has taken the request: it is recorded, and found.
func TestARequestThatIsCanceledInItsQueueCallsNothing(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.submit(exportRequest)
		sim.cancel()
		sim.run(time.Hour)

		got := sim.outcome()
		if got.Status != dsr.StatusCanceled {
			t.Errorf("closed as %s", got.Status)
		}
		if called := sim.served("E16") + sim.served("E03") + sim.served("E19"); called != 0 {
			t.Errorf("%d calls were made", called)
		}
		if !sim.idle() {
			t.Error("something is left open or waiting")
		}
	})
}

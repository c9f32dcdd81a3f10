package simulation_test

import (
	"context"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

// refuse records that the first attempt's request is refused, as `dsr refuse` does.
func (sim *simulation) refuse() {
	sim.t.Helper()
	const record = `{"schemaVersion":"1.0","requestId":"request-1","attempt":1,"at":"2026-11-24T10:00:00Z","reason":"identity not proven","refused":true}`
	if err := sim.audit.Put(context.Background(), attempt1.Cancel(), []byte(record), nil); err != nil {
		sim.t.Fatal(err)
	}
}

func TestARefusedRequestIsRejected(t *testing.T) {
	for name, steps := range map[string]int{"in its queue": 0, "with tasks at work": 6, "when all is worked": 400} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, sim *simulation) {
				sim.submit(exportRequest)
				for range steps {
					sim.step()
					sim.purge(dsr.QueueClosings) // nothing is closed yet
				}
				sim.refuse()
				if steps > 0 {
					sim.wake()
				}
				sim.run(time.Hour)

				m := sim.manifest()
				if m.Status != dsr.StatusRejected || m.Refusal == nil || m.Refusal.Reason != "identity not proven" {
					t.Errorf("closed as %s: %+v", m.Status, m.Refusal)
				}
				sim.checkEvidence(attempt1)
				if !sim.idle() {
					t.Error("something is left open or waiting")
				}
			})
		})
	}
}

func TestARefusedDeletionIsRejectedUnlessItHasBegun(t *testing.T) {
	for name, tt := range map[string]struct {
		begun bool
		want  dsr.Status
	}{
		"while it awaits its approval": {false, dsr.StatusRejected},
		"after the first DELETE":       {true, dsr.StatusCanceled},
	} {
		t.Run(name, func(t *testing.T) {
			simulateDeletion(t, func(t *testing.T, sim *simulation) {
				sim.planDeletion(nil)
				if tt.begun {
					sim.approve(nil)
					sim.runUntil(func() bool { return sim.deletes()["D05"] > 0 })
				}
				sim.refuse()
				sim.wake()
				sim.run(24 * time.Hour)

				m := sim.manifest()
				if m.Status != tt.want || (m.Refusal != nil) != (tt.want == dsr.StatusRejected) {
					t.Errorf("closed as %s: %+v", m.Status, m.Refusal)
				}
				sim.checkEvidence(attempt1)
			})
		})
	}
}

// The blob's existence alone stops an attempt. What nobody can decode must not keep it open.
func TestARecordThatCannotBeDecodedIsACancel(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.submit(exportRequest)
		for range 6 {
			sim.step()
		}
		if err := sim.audit.Put(t.Context(), attempt1.Cancel(), []byte("refused"), nil); err != nil {
			t.Fatal(err)
		}
		sim.wake()
		sim.run(time.Hour)
		if m := sim.manifest(); m.Status != dsr.StatusCanceled || m.Refusal != nil {
			t.Errorf("closed as %s: %+v", m.Status, m.Refusal)
		}
	})
}

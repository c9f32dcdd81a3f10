package simulation_test

import (
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

func TestADeletionThatNeverEndsIsOverWhenTheRequestIsDue(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.upstream.SetFaults(fake.Fault{Endpoint: "D02", Times: 1, Deletion: fake.Deletion{Takes: 10000 * time.Hour, AsyncOperation: true}})
		due := time.Now().Add(24 * time.Hour)
		sim.planDeletion(func(r *dsr.Request) { r.DueAt = due })
		sim.approve(nil)
		began := time.Now()
		for range 96 {
			if sim.idle() {
				break
			}
			sim.run(time.Hour)
		}
		t.Log(time.Since(began), sim.idle())
		n := 0
		for _, s := range sim.upstream.Served() {
			if s.Endpoint == "OP" {
				n += s.Count
			}
		}
		t.Log("polls", n)
		m := sim.manifest()
		t.Log(m.Status, reasons(m), m.ClosedAt.Sub(due))
	})
}

package simulation_test

import (
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// An operation that says for ever that it runs ends with the request's deadline; one that
// says how long it may run ends by the delays of a failure.
func TestADeletionThatNeverEndsIsOverWhenTheRequestIsDue(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.upstream.SetFaults(fake.Fault{
			Endpoint: "D02",
			Times:    1,
			Deletion: fake.Deletion{Takes: 10000 * time.Hour, AsyncOperation: true},
		})
		due := time.Now().Add(24 * time.Hour)
		sim.planDeletion(func(r *dsr.Request) { r.DueAt = due })
		sim.approve(nil)
		sim.run(26 * time.Hour)

		m := sim.manifest()
		if late := m.ClosedAt.Sub(due); late > time.Minute {
			t.Errorf("closed %s after the deadline", late)
		}
		if got := reasons(m); got["D02 Transient"] != 1 || got["D01 DependencyFailed"] != 1 {
			t.Errorf("%s, %v", m.Status, got)
		}
	})
}

package simulation_test

import (
	"testing"
	"time"

	fake "azureml-dsr/test/emulator/fakeml"
)

func TestBytesThatWereStoredBeforeTheirArtifactVanishedAreNamed(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.live = sim.newProcess(dyingAfter("/content/"))
		sim.submit(exportRequest)

		sim.runUntil(sim.live.faults.isDead)

		sim.upstream.SetFaults(fake.Fault{Endpoint: "E23", Vanish: true})
		sim.run(time.Hour)

		if got := sim.outcome(); got.Totals["E23"].Gone == 0 {
			t.Errorf("E23 %+v, want some gone", got.Totals["E23"])
		}

		sim.checkEvidence(attempt1)
	})
}

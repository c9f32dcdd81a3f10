package simulation_test

import (
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// A deletion that was not confirmed, and is tried again hours later, doesn't keep a cancel
// waiting: whether it ends as deleted, or as what could not be confirmed.
func TestACancelSettlesWhatIsScheduledForLater(t *testing.T) {
	for name, lasting := range map[string]bool{"confirmed at last": false, "never confirmed": true} {
		t.Run(name, func(t *testing.T) {
			simulateDeletion(t, func(t *testing.T, sim *simulation) {
				sim.delays = defaultDelays()
				sim.planDeletion(nil)
				sim.upstream.SetFaults(fake.Fault{Endpoint: "D05", Deletion: fake.Deletion{LingerFor: 1000 * time.Hour}})
				sim.approve(nil)
				sim.run(2 * time.Hour) // the next try is far away
				if !lasting {
					sim.upstream.SetFaults(fake.Fault{Endpoint: "E09", Method: "GET", Vanish: true})
				}
				sim.cancel()
				sim.wake()
				began := time.Now()
				sim.run(30 * time.Minute)

				m := sim.manifestOf(attempt1)
				if took := m.ClosedAt.Sub(began); m.Status != dsr.StatusCanceled || took > 15*time.Minute {
					t.Errorf("%s after %s", m.Status, took)
				}
				if deleted := m.Totals["D05"].Documents > 0; deleted == lasting {
					t.Errorf("%+v of D05", m.Totals["D05"])
				}
				sim.run(24 * time.Hour) // the tries that are still scheduled change nothing
				if again := sim.manifest(); !again.ClosedAt.Equal(m.ClosedAt) {
					t.Errorf("closed again at %s", again.ClosedAt)
				}
				sim.checkEvidence(attempt1)
			})
		})
	}
}

// wake asks for a check, as `dsr cancel` does.
func (sim *simulation) wake() {
	sim.t.Helper()
	m, err := dsr.WakeUpMessage(attempt1, time.Now())
	if err != nil {
		sim.t.Fatal(err)
	}
	sim.send(dsr.QueueClosings, m)
}

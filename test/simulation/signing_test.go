package simulation_test

import (
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

func TestAManifestWithoutItsSignatureIsDerivedAgainAndSigned(t *testing.T) {
	for name, cancel := range map[string]bool{"complete": false, "canceled, with receipts that came later": true} {
		t.Run(name, func(t *testing.T) {
			key := testSigner(t)
			simulate(t, func(t *testing.T, sim *simulation) {
				sim.signer = key
				dead := dyingBefore("put " + attempt1.Signature())
				sim.submit(exportRequest)

				if cancel {
					for range 9 {
						sim.step()
					}
					sim.cancel()
				}

				boot := sim.boot
				sim.boot = func() *process { sim.boot = boot; return sim.newProcess(dead) }
				sim.live = nil
				sim.run(3 * time.Hour)

				if there, valid := sim.signed(key); !there || !valid {
					t.Errorf("signed %t, valid %t", there, valid)
				}
			})
		})
	}
}

func TestACancelThatComesBeforeTheSignatureChangesNothing(t *testing.T) {
	key := testSigner(t)
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.signer = key
		sim.live = sim.newProcess(dyingBefore("put " + attempt1.Signature()))
		sim.submit(exportRequest)

		sim.runUntil(sim.live.faults.isDead)

		sim.cancel()

		sim.run(3 * time.Hour)

		if there, valid := sim.signed(key); !there || !valid || sim.outcome().Status != dsr.StatusSucceeded {
			t.Errorf("signed %t, valid %t, %s", there, valid, sim.outcome().Status)
		}
	})
}

package simulation_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

func TestACancelBesideAllOtherWorkIsNeverTakenForSuccess(t *testing.T) {
	whole, _ := undisturbed(t, smallAccount(), 2)
	closedAs := map[dsr.Status]int{}
	for n := range sampled(120) {
		seed := uint64(n)
		simulateAccount(t, smallAccount(), 2, func(t *testing.T, sim *simulation) {
			r := rand.New(rand.NewPCG(seed, 6))
			sim.submit(exportRequest)
			after := r.IntN(1500)
			gate := func(string) {
				if after--; after == 0 {
					_ = sim.audit.Put(context.Background(), attempt1.Cancel(), []byte("{}"), nil)
				}
			}

			sim.runInterleavedWith(r, 3*time.Hour, gate)
			m := sim.manifestOf(attempt1)
			closedAs[m.Status]++
			canceled := false
			for _, name := range sim.names(sim.audit, attempt1.Receipts()) {
				canceled = canceled || decode[dsr.Receipt](t, readBlob(t, sim.audit, name)).Outcome == dsr.Canceled
			}

			got := sim.outcome()
			if m.Status == dsr.StatusSucceeded && (canceled || len(got.Documents) != len(whole.Documents)) {
				t.Errorf("seed %d: succeeded with %d of %d documents, canceled %t", seed, len(got.Documents), len(whole.Documents), canceled)
			}
		})
	}

	if closedAs[dsr.StatusCanceled] == 0 || closedAs[dsr.StatusSucceeded] == 0 {
		t.Errorf("closed as %v: want some of both", closedAs)
	}
}

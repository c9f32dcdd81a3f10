package simulation_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
)

// certified is what a certificate says, without times.
func (sim *simulation) certified() (dsr.Status, map[string]string) {
	return sim.manifest().Status, sim.proofs()
}

func TestACrashBeforeOrAfterAnyEffectOfADeletionProvesTheSame(t *testing.T) {
	var effects []string
	var want map[string]string
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.planDeletion(nil)
		sim.live = nil
		sim.executePlan()
		effects = sim.live.faults.names
		_, want = sim.certified()
	})

	const every = 5 // of several hundred effects, many of them alike
	for n := range sampled(len(effects) / every) {
		i := n * every
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%03d %s after=%t", i+1, effects[i], after), func(t *testing.T) {
				simulateDeletion(t, func(t *testing.T, sim *simulation) {
					sim.planDeletion(nil)
					sim.live = sim.newProcess(&faultInjector{at: i + 1, after: after})
					sim.executePlan()
					status, got := sim.certified()
					if diff := cmp.Diff(want, got); status != dsr.StatusSucceeded || diff != "" {
						t.Errorf("%s; proofs (-undisturbed +got):\n%s", status, diff)
					}

					for id, n := range sim.deletes() {
						if n > len(want) {
							t.Errorf("%s: %d DELETEs", id, n)
						}
					}
				})
			})
		}
	}
}

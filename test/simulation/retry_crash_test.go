package simulation_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// retried runs a request whose first attempt fails in part and orders the
// second, whose processes are those that boot makes.
func retried(t *testing.T, boot func(sim *simulation) *process) *simulation {
	t.Helper()
	sim := newSimulation(t, smallAccount(), 2)
	sim.upstream.SetFaults(
		fake.Fault{Endpoint: "E16", Status: 403}, fake.Fault{Endpoint: "E03", Status: 403},
		fake.Fault{Endpoint: "PR", Status: 403})
	sim.export()
	sim.upstream.SetFaults(fake.Fault{Endpoint: "E16", Status: 403, Match: "run-000000"})
	sim.boot = func() *process { return boot(sim) }
	sim.live = nil
	sim.retry(2)
	return sim
}

// What follows the opening is the same as in a first attempt, whose every effect
// crash_test.go goes through.
func TestACrashBeforeOrAfterAnyEffectOfOpeningARetryChangesNothing(t *testing.T) {
	var want outcome
	var effects []string
	synctest.Test(t, func(t *testing.T) {
		sim := retried(t, func(sim *simulation) *process { return sim.newProcess(&faultInjector{}) })
		defer sim.close()
		sim.run(time.Hour)
		want, effects = sim.outcomeOf(attemptOf(2)), sim.live.faults.names
	})

	opened := slices.Index(effects, "complete "+dsr.QueueRequests) + 1
	if opened < 8 {
		t.Fatalf("effects %v, want those of an opening", effects)
	}

	for i := range sampled(opened) {
		name := effects[i]
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%03d %s after=%t", i+1, name, after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					first := true
					sim := retried(t, func(sim *simulation) *process {
						faults := &faultInjector{}
						if first {
							faults, first = &faultInjector{at: i + 1, after: after}, false
						}
						return sim.newProcess(faults)
					})

					defer sim.close()

					sim.run(2 * time.Hour)
					sim.mustBeIdle()

					if diff := cmp.Diff(want, sim.outcomeOf(attemptOf(2))); diff != "" {
						t.Errorf("the outcome differs from the undisturbed one (-want +got):\n%s", diff)
					}
				})
			})
		}
	}
}

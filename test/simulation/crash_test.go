package simulation_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	fake "azureml-dsr/test/emulator/fakeml"
)

// undisturbed runs a request without any fault and returns its outcome and the names of
// its effects, in order.
func undisturbed(t *testing.T, account fake.Account, pageSize int) (want outcome, effects []string) {
	t.Helper()
	simulateAccount(t, account, pageSize, func(t *testing.T, sim *simulation) {
		want = sim.complete(exportRequest)
		effects = sim.live.faults.names
	})
	return want, effects
}

// crashing makes a simulation whose first processes each die at one effect, counted
// in each of them.
func crashing(t *testing.T, account fake.Account, pageSize int, injectors ...*faultInjector) *simulation {
	t.Helper()
	sim := newSimulation(t, account, pageSize)
	sim.boot = func() *process {
		faults := &faultInjector{}
		if len(injectors) > 0 {
			faults, injectors = injectors[0], injectors[1:]
		}
		return sim.newProcess(faults)
	}
	return sim
}

func checkOutcome(t *testing.T, sim *simulation, want outcome) {
	t.Helper()
	sim.mustBeIdle()
	if diff := cmp.Diff(want, sim.outcome()); diff != "" {
		t.Errorf("the outcome differs from the undisturbed one (-want +got):\n%s", diff)
	}
}

func TestACrashBeforeOrAfterAnyEffectChangesNothing(t *testing.T) {
	want, effects := undisturbed(t, smallAccount(), 2)
	for i := range sampled(len(effects)) {
		name := effects[i]
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%03d %s after=%t", i+1, name, after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					sim := crashing(t, smallAccount(), 2, &faultInjector{at: i + 1, after: after})
					defer sim.close()
					sim.submit(exportRequest)
					sim.run(2 * time.Hour)
					checkOutcome(t, sim, want)
				})
			})
		}
	}
}

func TestRandomPairsOfCrashesChangeNothing(t *testing.T) {
	account := smallAccount()
	account.Workspaces, account.Projects, account.Runs = 2, 2, 5
	want, effects := undisturbed(t, account, 3)
	for n := range sampled(60) {
		seed := uint64(n)
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := rand.New(rand.NewPCG(seed, 1))
				injector := func() *faultInjector { return &faultInjector{at: 1 + r.IntN(len(effects)), after: r.IntN(2) == 0} }
				sim := crashing(t, account, 3, injector(), injector())
				defer sim.close()
				sim.pick = r.IntN
				sim.submit(exportRequest)
				sim.run(3 * time.Hour)
				checkOutcome(t, sim, want)
			})
		})
	}
}

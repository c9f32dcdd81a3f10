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

// undisturbed runs a request without any fault and gives its outcome and the
// names of its effects, in order.
func undisturbed(t *testing.T, account fake.Account, pageSize int) (want outcome, effects []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newSimulation(t, account, pageSize)
		defer w.close()
		w.submit(exportRequest)
		w.run(time.Hour)
		want, effects = w.outcome(), w.live.wire.names
	})
	return want, effects
}

// crashing makes a simulation whose first processes each die at one effect, counted
// in each of them.
func crashing(t *testing.T, account fake.Account, pageSize int, wires ...*faultInjector) *simulation {
	t.Helper()
	w := newSimulation(t, account, pageSize)
	w.boot = func() *process {
		wire := &faultInjector{}
		if len(wires) > 0 {
			wire, wires = wires[0], wires[1:]
		}
		return w.newProcess(wire)
	}
	return w
}

func checkOutcome(t *testing.T, w *simulation, want outcome) {
	t.Helper()
	if !w.idle() {
		t.Fatal("something is left open or waiting")
	}
	if diff := cmp.Diff(want, w.outcome()); diff != "" {
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
					w := crashing(t, smallAccount(), 2, &faultInjector{at: i + 1, after: after})
					defer w.close()
					w.submit(exportRequest)
					w.run(2 * time.Hour)
					checkOutcome(t, w, want)
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
				wire := func() *faultInjector { return &faultInjector{at: 1 + r.IntN(len(effects)), after: r.IntN(2) == 0} }
				w := crashing(t, account, 3, wire(), wire())
				defer w.close()
				w.pick = r.IntN
				w.submit(exportRequest)
				w.run(3 * time.Hour)
				checkOutcome(t, w, want)
			})
		})
	}
}

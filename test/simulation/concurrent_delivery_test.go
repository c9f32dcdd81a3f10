package simulation_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// turnstile lets goroutines through one at a time: each waits at its next
// effect or read until it is chosen.
type turnstile struct {
	mu      sync.Mutex
	waiting []chan struct{}
}

func (s *turnstile) gate(string) {
	ch := make(chan struct{})
	s.mu.Lock()
	s.waiting = append(s.waiting, ch)
	s.mu.Unlock()
	<-ch
}

// next lets one through and reports whether one was waiting.
func (s *turnstile) next(pick func(int) int) bool {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) == 0 {
		return false
	}
	i := pick(len(s.waiting))
	close(s.waiting[i])
	s.waiting = append(s.waiting[:i], s.waiting[i+1:]...)
	return true
}

func TestTwoWorkersOnEachMessageAtOnceChangeNothing(t *testing.T) {
	want, _ := undisturbed(t, smallAccount(), 2)
	for n := range sampled(40) {
		seed := uint64(n)
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			simulateAccount(t, smallAccount(), 2, func(t *testing.T, sim *simulation) {
				runWithConcurrentDeliveries(sim, rand.New(rand.NewPCG(seed, 2)))
				checkOutcome(t, sim, want)
			})
		})
	}
}

// runWithConcurrentDeliveries serves each message with two processes at the same time
// and interleaves their effects and reads at random.
func runWithConcurrentDeliveries(sim *simulation, r *rand.Rand) {
	var s turnstile
	a, b := sim.newProcess(&faultInjector{gate: s.gate}), sim.newProcess(&faultInjector{gate: s.gate})
	sim.pick = r.IntN
	sim.submit(exportRequest)

	for deadline := time.Now().Add(2 * time.Hour); !sim.idle() && time.Now().Before(deadline); {
		var wg sync.WaitGroup
		served := sim.deliverTwice(a, b, func(invoke func()) { wg.Go(invoke) })
		for s.next(r.IntN) {
		}
		wg.Wait()
		if !served {
			<-time.After(time.Second)
		}
	}
}

// deliverTwice delivers one message to two processes and reports whether there was one.
func (sim *simulation) deliverTwice(a, b *process, run func(invoke func())) bool {
	for _, name := range []string{dsr.QueueRequests, dsr.QueueExports, dsr.QueueDeletes, dsr.QueueApprovals, dsr.QueueClosings} {
		d, ok := sim.queue(name).Receive()
		if !ok {
			continue
		}

		for _, p := range []*process{a, b} {
			run(func() { sim.invoke(p, name, d) })
		}

		return true
	}
	return false
}

func TestAConcurrentDeliveryThatResumesLateChangesNothing(t *testing.T) {
	want, effects := undisturbed(t, smallAccount(), 2)
	for n := range sampled(120) {
		seed := uint64(n)
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			simulateAccount(t, smallAccount(), 2, func(t *testing.T, sim *simulation) {
				runWithStalledInvocation(sim, rand.New(rand.NewPCG(seed, 3)), len(effects))
				checkOutcome(t, sim, want)
			})
		})
	}
}

// runWithStalledInvocation stops one invocation at some effect or read, lets everything
// else run to its end, and then lets that invocation go on.
func runWithStalledInvocation(sim *simulation, r *rand.Rand, effects int) {
	wake := make(chan struct{})
	steps, stopAt := r.IntN(effects/3), 1+r.IntN(12)
	var mu sync.Mutex
	passed := 0
	stalled := sim.newProcess(&faultInjector{gate: func(string) {
		mu.Lock()
		passed++
		stop := passed >= stopAt
		mu.Unlock()
		if stop {
			<-wake
		}
	}})

	sim.submit(exportRequest)

	for range steps {
		if !sim.step() {
			<-time.After(time.Second)
		}
	}

	var wg sync.WaitGroup
	for !sim.stepOn(stalled, func(invoke func()) { wg.Go(invoke) }) && !sim.idle() {
		<-time.After(time.Second)
	}

	synctest.Wait()
	sim.run(2 * time.Hour)
	close(wake)
	wg.Wait()
	sim.run(2 * time.Hour)
}

func TestConcurrentDeliveriesThatSeeDifferentListsAgreeOnTheStoredOne(t *testing.T) {
	for name, fault := range map[string]fake.Fault{
		"the list grows a repeated id": {Endpoint: "E14", Repeat: true, Times: 1},
		"the list fails for one":       {Endpoint: "E14", Status: 403, Times: 1},
		"the list is gone for one":     {Endpoint: "E14", Status: 404, Times: 1},
		"the first page is empty once": {Endpoint: "E14", EmptyPage: true, Times: 1},
	} {
		for seed := range uint64(12) {
			t.Run(fmt.Sprintf("%s, seed %d", name, seed), func(t *testing.T) {
				simulateAccount(t, smallAccount(), 2, func(t *testing.T, sim *simulation) {
					sim.upstream.SetFaults(fault)
					runWithConcurrentDeliveries(sim, rand.New(rand.NewPCG(seed, 4)))
					sim.mustBeIdle()

					got := sim.outcome()
					whole := got.Status == dsr.StatusSucceeded && got.Totals["E16"].Documents == 3
					failed := got.Status == dsr.StatusPartiallyFailed && len(got.Failures) == 1
					if !whole && !failed {
						t.Errorf("status %s, %+v, failures %v: want the whole list, or one failure of it", got.Status, got.Totals["E16"], got.Failures)
					}
				})
			})
		}
	}
}

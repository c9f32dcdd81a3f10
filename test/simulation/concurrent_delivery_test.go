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
// effect or look until it is chosen.
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

// next lets one through; false when nobody waits.
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
			synctest.Test(t, func(t *testing.T) {
				w := newSimulation(t, smallAccount(), 2)
				defer w.close()
				runInPairs(w, rand.New(rand.NewPCG(seed, 2)))
				checkOutcome(t, w, want)
			})
		})
	}
}

// runInPairs serves each message with two processes at the same time, their
// effects and looks interleaved at random.
func runInPairs(w *simulation, r *rand.Rand) {
	var s turnstile
	a, b := w.newProcess(&faultInjector{gate: s.gate}), w.newProcess(&faultInjector{gate: s.gate})
	w.pick = r.IntN
	w.submit(exportRequest)

	for deadline := time.Now().Add(2 * time.Hour); !w.idle() && time.Now().Before(deadline); {
		var wg sync.WaitGroup
		served := w.pairOn(a, b, func(invoke func()) { wg.Go(invoke) })
		for s.next(r.IntN) {
		}
		wg.Wait()
		if !served {
			<-time.After(time.Second)
		}
	}
}

// pairOn returns one message to two processes.
func (w *simulation) pairOn(a, b *process, run func(invoke func())) bool {
	for _, name := range []string{dsr.QueueRequests, dsr.QueueExports, dsr.QueueDeletes, dsr.QueueApprovals, dsr.QueueClosings} {
		d, ok := w.queue(name).Receive()
		if !ok {
			continue
		}

		for _, p := range []*process{a, b} {
			f := p.DSRExport
			switch name {
			case dsr.QueueRequests:
				f = p.DSRIntake
			case dsr.QueueDeletes:
				f = p.DSRDelete
			case dsr.QueueApprovals:
				f = p.DSRApprove
			case dsr.QueueClosings:
				f = p.DSRClose
			}

			run(func() { w.invoke(p, name, d, f) })
		}

		return true
	}
	return false
}

func TestATwinThatWakesUpLateChangesNothing(t *testing.T) {
	want, effects := undisturbed(t, smallAccount(), 2)
	for n := range sampled(120) {
		seed := uint64(n)
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newSimulation(t, smallAccount(), 2)
				defer w.close()
				runWithSleeper(w, rand.New(rand.NewPCG(seed, 3)), len(effects))
				checkOutcome(t, w, want)
			})
		})
	}
}

// runWithSleeper stops one invocation at some effect or look, lets everything
// else go on to the end, and then wakes it.
func runWithSleeper(w *simulation, r *rand.Rand, effects int) {
	wake := make(chan struct{})
	steps, stopAt := r.IntN(effects/3), 1+r.IntN(12)
	var mu sync.Mutex
	passed := 0
	sleeper := w.newProcess(&faultInjector{gate: func(string) {
		mu.Lock()
		passed++
		stop := passed >= stopAt
		mu.Unlock()
		if stop {
			<-wake
		}
	}})

	w.submit(exportRequest)

	for range steps {
		if !w.step() {
			<-time.After(time.Second)
		}
	}

	var wg sync.WaitGroup
	for !w.stepOn(sleeper, func(invoke func()) { wg.Go(invoke) }) && !w.idle() {
		<-time.After(time.Second)
	}

	synctest.Wait()
	w.run(2 * time.Hour)
	close(wake)
	wg.Wait()
	w.run(2 * time.Hour)
}

func TestTwinsThatSeeDifferentListsAgreeOnTheStoredOne(t *testing.T) {
	for name, fault := range map[string]fake.Fault{
		"the list grows a repeated id": {Endpoint: "E14", Repeat: true, Times: 1},
		"the list fails for one":       {Endpoint: "E14", Status: 403, Times: 1},
		"the list is gone for one":     {Endpoint: "E14", Status: 404, Times: 1},
		"the first page is empty once": {Endpoint: "E14", EmptyPage: true, Times: 1},
	} {
		for seed := range uint64(12) {
			t.Run(fmt.Sprintf("%s, seed %d", name, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newSimulation(t, smallAccount(), 2)
					defer w.close()

					w.upstream.SetFaults(fault)
					runInPairs(w, rand.New(rand.NewPCG(seed, 4)))
					if !w.idle() {
						t.Fatal("something is left open or waiting")
					}

					got := w.outcome()
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

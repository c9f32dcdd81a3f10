package simulation_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// inFlight is how many invocations run concurrently.
const inFlight = 6

// runInterleaved serves messages of all queues with several processes, up to inFlight at once,
// and interleaves their effects and reads at random. Between any two calls of an
// invocation's listing, others may record anything.
func (sim *simulation) runInterleaved(r *rand.Rand, most time.Duration) {
	sim.runInterleavedWith(r, most, func(string) {})
}

// runInterleavedWith does the same and calls before ahead of each effect and read.
func (sim *simulation) runInterleavedWith(r *rand.Rand, most time.Duration, before func(name string)) {
	sim.t.Helper()
	var s turnstile
	gate := func(name string) {
		s.gate(name)
		before(name)
	}

	processes := []*process{sim.newProcess(&faultInjector{gate: gate}), sim.newProcess(&faultInjector{gate: gate})}
	var running sync.WaitGroup
	free := make(chan struct{}, inFlight)

	for deadline := time.Now().Add(most); !sim.idle() && time.Now().Before(deadline); {
		if r.IntN(20) == 0 {
			<-time.After(time.Second) // so that checks are due while others work
		}

		if r.IntN(2) == 0 && len(free) < cap(free) && sim.start(processes[r.IntN(2)], r, &running, free) {
			continue
		}
		if s.next(bursts(r)) || sim.start(processes[r.IntN(2)], r, &running, free) {
			continue
		}

		<-time.After(time.Second)
	}

	for s.next(r.IntN) {
	}

	running.Wait()
}

// bursts mostly picks the goroutine that came to the turnstile last, so that an invocation
// may come far between two calls of another.
func bursts(r *rand.Rand) func(waiting int) int {
	return func(waiting int) int {
		if r.IntN(8) > 0 {
			return waiting - 1
		}
		return r.IntN(waiting)
	}
}

// exportQueues are the queues of an export.
var exportQueues = []string{dsr.QueueRequests, dsr.QueueExports, bus.DeadLetter(dsr.QueueExports), dsr.QueueClosings}

// start begins the invocation of a message of some queue. It reports whether there was a
// message and a free place for it.
func (sim *simulation) start(p *process, r *rand.Rand, running *sync.WaitGroup, free chan struct{}) bool {
	first := r.IntN(len(exportQueues))
	for i := range exportQueues {
		name := exportQueues[(first+i)%len(exportQueues)]
		if len(free) == cap(free) {
			return false
		}
		if d, ok := sim.queue(name).Receive(); ok {
			free <- struct{}{}
			running.Go(func() {
				defer func() { <-free }()
				sim.invoke(p, name, d)
			})
			return true
		}
	}

	return false
}

func TestChecksBesideAllOtherWorkChangeNothing(t *testing.T) {
	many := smallAccount()
	many.Runs, many.Models = 9, 5
	long := smallAccount()
	long.Models = 30 // a list of 30 pages, and nothing beside it
	tests := map[string]struct {
		account fake.Account
		request string
	}{
		"many lists":    {many, exportRequest},
		"one long list": {long, strings.Replace(exportRequest, `"kind":`, `"resourceTypes":["models"],"kind":`, 1)},
	}
	for name, tt := range tests {
		var want outcome
		simulateAccount(t, tt.account, 1, func(t *testing.T, sim *simulation) {
			want = sim.complete(tt.request)
		})

		for n := range sampled(40) {
			seed := uint64(n)
			t.Run(fmt.Sprintf("%s, seed %d", name, seed), func(t *testing.T) {
				simulateAccount(t, tt.account, 1, func(t *testing.T, sim *simulation) {
					sim.submit(tt.request)
					sim.runInterleaved(rand.New(rand.NewPCG(seed, 5)), 3*time.Hour)
					checkOutcome(t, sim, want)
				})
			})
		}
	}
}

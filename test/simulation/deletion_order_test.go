package simulation_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

// runPairwise serves each message with two processes at once, whose calls take random
// times, until nothing waits any more or until most has passed.
func (sim *simulation) runPairwise(r *rand.Rand, most time.Duration) {
	var mu sync.Mutex
	slow := func(string) {
		mu.Lock()
		pause := time.Duration(r.IntN(400)) * time.Millisecond
		mu.Unlock()
		<-time.After(pause)
	}

	a, b := sim.newProcess(&faultInjector{gate: slow}), sim.newProcess(&faultInjector{gate: slow})
	for deadline := time.Now().Add(most); !sim.idle() && time.Now().Before(deadline); {
		var wg sync.WaitGroup
		served := sim.deliverTwice(a, b, func(invoke func()) { wg.Go(invoke) })
		wg.Wait()
		if !served {
			<-time.After(time.Second)
		}
	}
}

func TestTwoWorkersAndRandomDelaysKeepTheOrderOfTheStages(t *testing.T) {
	for n := range sampled(14) {
		t.Run(fmt.Sprintf("seed %d", n), func(t *testing.T) {
			simulateDeletion(t, func(t *testing.T, sim *simulation) {
				r := rand.New(rand.NewPCG(uint64(n), 5))
				sim.submit(sim.deletionRequest(nil))
				sim.runPairwise(r, 10*time.Minute)
				sim.approve(nil)
				sim.runPairwise(r, 12*time.Hour)
				if m := sim.manifest(); m.Status != dsr.StatusSucceeded {
					t.Fatalf("%s %v", m.Status, m.Failures)
				}

				// A thing whose DELETE two workers sent at once is deleted once: the other
				// call found nothing, or found it going.
				deleted := map[string]int{}
				for _, s := range sim.upstream.Served() {
					if s.Method == http.MethodDelete && s.Status < 300 {
						deleted[s.Endpoint] += s.Count
					}
				}

				want := map[string]int{"D01": 1, "D02": 3, "D03": 3, "D04": 2, "D05": 3, "D06": 2, "D07": 1, "D08": 1}
				if !maps.Equal(deleted, want) {
					t.Errorf("deleted %v, want %v", deleted, want)
				}

				for _, d := range sim.deletions() { // whichever of the two was first with the receipt
					if d.Outcome != dsr.OutcomeDeleted || d.Status == 0 {
						t.Errorf("proof %+v", d)
					}
				}

				sim.checkOrder()
			})
		})
	}
}

// checkOrder holds the times of the proofs against what each node comes after.
func (sim *simulation) checkOrder() {
	sim.t.Helper()
	first, last := map[int]time.Time{}, map[int]time.Time{}
	for _, name := range sim.names(sim.audit, attempt1.Receipts()) {
		receipt := decode[dsr.Receipt](sim.t, readBlob(sim.t, sim.audit, name))
		n, _, err := dsr.SplitNode(receipt.Node)
		if err != nil {
			sim.t.Fatal(err)
		}

		for _, d := range receipt.Deletions {
			if at, ok := first[n]; !d.DeletedAt.IsZero() && (!ok || d.DeletedAt.Before(at)) {
				first[n] = d.DeletedAt
			}
			if d.ConfirmedAt.After(last[n]) {
				last[n] = d.ConfirmedAt
			}
		}
	}

	for _, s := range sim.deletionPlan().Stages {
		for before := range s.After.All() {
			if at, ok := first[s.Node]; ok && at.Before(last[before]) {
				sim.t.Errorf("%s began %s before %d had been confirmed", s.Endpoint, last[before].Sub(first[s.Node]), before)
			}
		}
	}
}

package simulation_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/verify"
	fake "azureml-dsr/test/emulator/fakeml"
)

// restore puts what was stored into the simulation, whose containers and queues are empty,
// and moves the clock to when it was taken. An index that is nil is not restored.
func (sim *simulation) restore(w storedWorld) {
	sim.t.Helper()
	<-time.After(time.Until(w.At))
	sim.lastSeen = time.Now()
	w.put(sim.t, containersOf(sim.audit, sim.exports, sim.index), sim.queues)
}

// loseQueues empties all queues, as when the namespace is gone and a new one takes its place.
func (sim *simulation) loseQueues() {
	sim.t.Helper()
	for name, q := range sim.queues {
		sim.purge(name)
		sim.purge(bus.DeadLetter(name))
		for _, d := range q.Peek(0, 1<<20) {
			if err := q.Cancel(d.Sequence); err != nil {
				sim.t.Fatal(err)
			}
		}
	}
}

// moved puts what the containers hold into empty ones, without what drop selects.
func (sim *simulation) moved(drop func(storedBlob) bool) {
	sim.t.Helper()
	stored := takeStored(sim.t, containersOf(sim.audit, sim.exports, sim.index), nil)
	stored.Blobs = slices.DeleteFunc(stored.Blobs, drop)
	sim.audit, sim.exports, sim.index = memory.NewPaged(listCall), memory.NewPaged(listCall), memory.NewPaged(listCall)
	sim.live = nil
	sim.restore(stored)
}

func keepAll(storedBlob) bool { return false }

// A request that is open while its namespace is lost ends, from its records alone. What had
// not been opened must be sent again: sent twice, it is one request.
func TestRequestsThatAreOpenWhileTheQueuesAreLostEnd(t *testing.T) {
	want, _ := undisturbed(t, smallAccount(), 2)
	for steps := range sampled(60) {
		t.Run(fmt.Sprintf("after %d messages", steps), func(t *testing.T) {
			simulate(t, func(t *testing.T, sim *simulation) {
				sim.submit(exportRequest)
				for range steps {
					sim.step()
				}
				sim.loseQueues()
				sim.moved(keepAll)
				sim.submit(exportRequest)
				sim.run(12 * time.Hour)
				checkOutcome(t, sim, want)
				sim.checkEvidence(attempt1)
			})
		})
	}
}

// Without the index nobody looks after what is open. The same request, sent again, does.
func TestARequestWhoseIndexIsLostGoesOnWhenItIsSentAgain(t *testing.T) {
	want, _ := undisturbed(t, smallAccount(), 2)
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.submit(exportRequest)
		for range 12 {
			sim.step()
		}
		sim.loseQueues()
		sim.moved(func(b storedBlob) bool { return b.Container == "dsr-index" })

		sim.run(3 * time.Hour)
		if closed := slices.Contains(sim.names(sim.audit, attempt1.Prefix()), attempt1.Manifest()); closed {
			t.Fatal("it ended by itself: the page is wrong")
		}

		sim.submit(exportRequest)
		sim.run(12 * time.Hour)
		checkOutcome(t, sim, want)
		sim.checkEvidence(attempt1)
	})
}

// The drill: evidence, documents and index, copied into an empty account, are whole, what
// failed is retried there, and what has expired is removed there.
func TestWhatWasCopiedIntoAnEmptyAccountIsWholeAndCanBeRetried(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.upstream.SetFaults(fake.Fault{Endpoint: "E16", Status: 403, Match: "run-000001"})
		if got := sim.complete(exportRequest).Status; got != dsr.StatusPartiallyFailed {
			t.Fatalf("closed as %s", got)
		}
		sim.upstream.SetFaults()

		sim.moved(keepAll)
		sim.checkEvidence(attempt1)
		sim.retry(2)
		sim.run(time.Hour)
		checkAttempt(t, sim, 2, dsr.StatusSucceeded, map[string]dsr.Counts{"E16": {Calls: 1, Documents: 1}})

		sim.advanceTo(time.Now().Add(retentionDays))
		sim.removeExpired()
		if left := sim.names(sim.exports, testRequest); len(left) > 0 {
			t.Errorf("%d blobs of documents outlive their retention: %v", len(left), left[0])
		}
	})
}

// A replica in another region lacks some of what was written last, in no order. Whatever it
// lacks, nothing verifies without a document that it should have: it is made again, found by
// `dsr verify`, or the request stays open. That one is canceled, and sent under a new id.
func TestAReplicaThatLacksTheLastBlobsNeverVerifiesWithoutThem(t *testing.T) {
	want, _ := undisturbed(t, smallAccount(), 2)
	ended := map[string]int{}
	for seed := range uint64(24) {
		simulate(t, func(t *testing.T, sim *simulation) {
			r := rand.New(rand.NewPCG(seed, 1))
			sim.submit(exportRequest)
			for range 1 + r.IntN(50) {
				sim.step()
			}
			synced := sim.blobs()
			for range 1 + r.IntN(10) {
				sim.step()
			}

			sim.loseQueues()
			sim.moved(func(b storedBlob) bool { return !synced[b.Container+" "+b.Name] && r.IntN(2) == 0 })
			sim.submit(exportRequest)
			sim.run(2 * time.Hour)
			ended[sim.endOfReplica(want)]++
		})
	}

	t.Logf("%v", ended)
	for _, end := range []string{"whole", "found by verify", "canceled"} {
		if ended[end] == 0 {
			t.Errorf("none is %s: the moments are not well chosen", end)
		}
	}
}

// endOfReplica says how the standard request ends on a replica. It cancels one that stays open.
func (sim *simulation) endOfReplica(want outcome) string {
	sim.t.Helper()
	end := "whole"
	if !slices.Contains(sim.names(sim.audit, attempt1.Prefix()), attempt1.Manifest()) {
		sim.cancel()
		sim.run(2 * time.Hour)
		end = "canceled"
	}

	evidence := twoContainers{archive.New(sim.audit, nil), archive.New(sim.exports, nil)}
	report, err := verify.Verify(sim.t.Context(), evidence, attempt1, &verify.Options{Same: map[string]string{"E24": "E19"}})
	switch {
	case err == nil && len(report.Faults) > 0:
		return "found by verify"
	case err != nil:
		sim.t.Errorf("verifying: %v", err)
	case end == "canceled" && report.Manifest.Status != dsr.StatusCanceled:
		sim.t.Errorf("after the cancellation: %s", report.Manifest.Status)
	case end == "whole" && !slices.Equal(sim.outcome().Documents, want.Documents):
		sim.t.Errorf("it verifies with %d of %d documents", len(sim.outcome().Documents), len(want.Documents))
	}
	return end
}

// blobs returns the container and name of each blob.
func (sim *simulation) blobs() map[string]bool {
	out := map[string]bool{}
	for container, b := range containersOf(sim.audit, sim.exports, sim.index) {
		for _, name := range sim.names(b, "") {
			out[container+" "+name] = true
		}
	}
	return out
}

// The index is made again by an empty record for each attempt, open or closed.
func TestTheIndexIsMadeAgainFromTheEvidence(t *testing.T) {
	for name, steps := range map[string]int{"amidst its work": 20, "closed": 1000} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, sim *simulation) {
				sim.submit(exportRequest)
				for range steps {
					sim.step()
				}
				sim.loseQueues()
				sim.moved(func(b storedBlob) bool { return b.Container == "dsr-index" })
				if err := sim.index.Put(t.Context(), attempt1.Open(), []byte("{}"), nil); err != nil {
					t.Fatal(err)
				}

				sim.run(12 * time.Hour)
				if m := sim.manifest(); m.Status != dsr.StatusSucceeded {
					t.Errorf("closed as %s", m.Status)
				}
				sim.checkEvidence(attempt1)

				sim.advanceTo(time.Now().Add(retentionDays))
				sim.removeExpired()
				if left := sim.names(sim.exports, testRequest); len(left) > 0 {
					t.Errorf("%d blobs of documents outlive their retention", len(left))
				}
			})
		})
	}
}

package simulation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
)

// TestSmallRequestsCloseSoonBesideALargeOne is about the order of things, on a
// clock that no other process slows: what the queue, the reconciler's intervals and
// the slots cost a small request whose documents are the upstream's work of a
// moment.
func TestSmallRequestsCloseSoonBesideALargeOne(t *testing.T) {
	const small = 50
	synctest.Test(t, func(t *testing.T) {
		large := busyAccount("sub-1", 8000)
		large.Models, large.Manifests, large.Services, large.Images = 20, 8, 6, 10
		sim := newBusySimulation(t, 100*time.Millisecond, large)
		defer sim.close()

		sim.submit(exportRequest)
		sent, closed := map[string]time.Time{}, map[string]time.Time{}
		finished := func() bool { // is asked each second
			for id := range sent {
				name := dsr.Attempt{RequestID: id, Number: 1}.Manifest()
				if _, known := closed[id]; !known && slices.Contains(sim.names(sim.audit, name), name) {
					closed[id] = decode[dsr.Manifest](t, readBlob(t, sim.audit, name)).ClosedAt
				}
			}

			for range min(5, small-len(sent)) { // those that come in in a second
				id := fmt.Sprintf("small-%d", len(sent))
				sim.send(dsr.QueueRequests, dsr.Message{ID: id, Body: []byte(modelsOnly(id))})
				sent[id] = time.Now()
			}
			return len(closed) == small
		}

		sim.runConcurrently(1, time.Hour, finished)
		var took []time.Duration
		for id, at := range sent {
			took = append(took, closed[id].Sub(at))
		}

		slices.Sort(took)
		p95 := took[len(took)*95/100]
		t.Logf("%s in the median, %s at p95", took[small/2], p95)

		if slices.Contains(sim.names(sim.audit, attempt1.Manifest()), attempt1.Manifest()) {
			t.Error("the large one is closed: it is no rival")
		}
		if p95 > 30*time.Second {
			t.Errorf("a small request takes %s beside a large one", p95)
		}
	})
}

// modelsOnly asks for the models of the account and what belongs to them: 44
// documents.
func modelsOnly(id string) string {
	r := strings.Replace(exportRequest, `"experimentationAccount":"team",`, "", 1)
	return strings.Replace(r, `"request-1"`, `"`+id+`"`, 1)
}

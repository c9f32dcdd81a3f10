package faults

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	azuremldsr "azureml-dsr"
	rows "azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/emulator/fakeml"
)

func sorted(names map[string]bool) []string { return slices.Sorted(maps.Keys(names)) }

// chunkItems is how many items a task reads at most.
const chunkItems = 10

// hasty are settings that make retries quick.
func hasty() []string {
	return []string{"REDRIVE_DELAYS=1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s", fmt.Sprintf("CHUNK_ITEMS=%d", chunkItems)}
}

// mostRepeated returns how many calls a kill may repeat: for each task in flight
// those of one page, and of one chunk of the type with the most calls an item.
func (r *harness) mostRepeated() int {
	r.t.Helper()
	var host struct {
		Extensions struct {
			ServiceBus struct{ MaxConcurrentCalls int }
		}
	}
	if err := json.Unmarshal([]byte(azuremldsr.HostJSON), &host); err != nil {
		r.t.Fatal(err)
	}

	perItem := 1
	for _, typ := range rows.Resources() {
		if typ.ItemList != nil && typ.ItemEntry != nil { // the item's own list, and what is on it
			perItem = max(perItem, 1+r.account.ArtifactsPerRun)
		}
	}

	return host.Extensions.ServiceBus.MaxConcurrentCalls * (chunkItems*perItem + 1)
}

// checkRepeated compares how many calls were repeated with the number of kills.
func (r *harness) checkRepeated(kills int, manifests ...dsr.Manifest) {
	r.t.Helper()
	n, most := r.repeated(manifests...), r.mostRepeated()
	r.t.Logf("%d calls repeated, %.1f a kill, where %d may be", n, float64(n)/float64(kills), most)
	if n > kills*most {
		r.t.Errorf("%d calls repeated at %d kills, want at most %d a kill", n, kills, most)
	}
}

// slow makes an export last long enough to be hit.
func slow() []fakeml.Fault { return []fakeml.Fault{{Delay: 30 * time.Millisecond}} }

// restarts measures how long after each start the handler first calls.
type restarts struct {
	mu      sync.Mutex
	started time.Time
	took    []time.Duration
}

func (s *restarts) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.started = time.Now()
}

func (s *restarts) called(*http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.started.IsZero() {
		s.took = append(s.took, time.Since(s.started))
		s.started = time.Time{}
	}
	return false
}

func TestKilledEveryTwoSecondsNothingIsLostAndNothingDoubled(t *testing.T) {
	besideOthers(t)
	r := newHarness(t, options{account: account(times(2000, 200)), faults: slow(), env: hasty()})
	h := r.handlers[0]
	var again restarts
	r.upstream.watch(again.called, nil)
	var manifests []dsr.Manifest
	kills, open := 0, true
	submit := func() string {
		id := fmt.Sprintf("kill-%d", len(manifests)+1)
		r.send(dsr.QueueRequests, request(id, r.account))
		return id
	}

	id := submit()
	end := time.After(time.Duration(times(300, 30)) * time.Second)
	every, look := time.NewTicker(2*time.Second), time.NewTicker(250*time.Millisecond)
	defer every.Stop()
	defer look.Stop()

	for ending := false; open; {
		select {
		case <-h.started:
			again.start()
		case <-every.C:
			if !ending && h.kill(syscall.SIGKILL) {
				kills++
			}

		case <-end:
			ending = true
		case <-look.C:
			m, _, closed, err := r.ledger.Manifest(t.Context(), dsr.Attempt{RequestID: id, Number: 1})
			if err != nil {
				t.Fatal(err)
			}
			if !closed {
				continue
			}

			if manifests = append(manifests, m); ending {
				open = false
			} else {
				id = submit() // there is always one to be hit
			}
		}
	}

	for i, m := range manifests {
		r.checkComplete(fmt.Sprintf("kill-%d", i+1), m)
	}

	r.awaitIdle()
	slices.Sort(again.took)
	r.checkRepeated(kills, manifests...)
	longest := again.took[len(again.took)-1]
	t.Logf("%d kills, %d requests closed; working again after %s in the median, %s at most",
		kills, len(manifests), again.took[len(again.took)/2], longest)

	if kills < times(140, 12) {
		t.Errorf("only %d kills", kills)
	}
	if *long && longest > 2*time.Second {
		t.Errorf("it took %s to work again", longest)
	}
}

func TestKilledAtRandomMomentsTheExportEqualsTheUndisturbedOne(t *testing.T) {
	r := newHarness(t, options{account: account(times(1200, 240)), faults: slow(), env: hasty()})
	h := r.handlers[0]
	random := rand.New(rand.NewPCG(*seed, 30))
	r.send(dsr.QueueRequests, request("random", r.account))
	kills := times(30, 6)
	for range kills {
		select {
		case <-h.started:
		case <-time.After(patience):
			t.Fatal("the handler was not started again")
		}
		<-time.After(time.Duration(100+random.IntN(900)) * time.Millisecond) // the random moment
		h.kill(syscall.SIGKILL)
	}

	m := r.await("random", patience)
	r.checkComplete("random", m)
	r.awaitIdle()
	r.checkRepeated(kills, m)

	if most := r.mostListed(); most > 1+kills {
		t.Errorf("a page was read %d times at %d kills", most, kills)
	}
}

func TestAHandlerThatIsAskedToStopFinishesWhatItHasBegun(t *testing.T) {
	r := newHarness(t, options{account: account(times(800, 160)), faults: slow(), env: hasty()})
	h := r.handlers[0]
	r.send(dsr.QueueRequests, request("stopped", r.account))
	stops := times(10, 3)
	for range stops {
		select {
		case <-h.started:
		case <-time.After(patience):
			t.Fatal("the handler was not started again")
		}
		<-time.After(time.Second) // it is in the middle of its work
		h.kill(syscall.SIGTERM)
	}

	m := r.await("stopped", patience)
	r.checkComplete("stopped", m)
	r.awaitIdle()

	// From the end of the handler's socket until the host notices, invocations fail at
	// once. Only what was received in that moment may come back by a redrive.
	again := 0
	for _, err := range r.audit.Backend().List(t.Context(), "stopped/1/hops/", "") {
		must(t, err)
		again++
	}

	t.Logf("%d stops, %d tasks came back by a redrive", stops, again)

	if n := r.repeated(m); n > 0 {
		t.Errorf("%d calls were repeated: what was in flight did not finish", n)
	}
}

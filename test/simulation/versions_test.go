package simulation_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// What version 1.0.0 has stored, this version goes on with: testdata/1.0.0 holds the three
// containers and the queues at four moments, as that version's own tests had them. The
// queues are still there, or lost with their region.
func TestWhatTheFirstReleaseLeftOpenIsEndedAndWhatItClosedVerifies(t *testing.T) {
	for _, tt := range []struct {
		moment   string
		goOn     func(sim *simulation)
		want     dsr.Status // of the first attempt
		attempts int
	}{
		{"opened", func(sim *simulation) { sim.run(6 * time.Hour) }, dsr.StatusSucceeded, 1},
		{"amidst", func(sim *simulation) { sim.run(6 * time.Hour) }, dsr.StatusSucceeded, 1},
		{"planned", func(sim *simulation) { sim.executePlan() }, dsr.StatusSucceeded, 1},
		{"closed", func(*simulation) {}, dsr.StatusPartiallyFailed, 1},
		{"closed", func(sim *simulation) { sim.retry(2); sim.run(time.Hour) }, dsr.StatusPartiallyFailed, 2},
	} {
		for _, queues := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, queues=%t, %d attempts", tt.moment, queues, tt.attempts), func(t *testing.T) {
				simulate(t, func(t *testing.T, sim *simulation) {
					stored := readStored(t, "1.0.0/"+tt.moment+".json.gz")
					if !queues {
						stored.Messages = nil
					}
					sim.restore(stored)
					tt.goOn(sim)

					if got := sim.manifest(); got.Status != tt.want {
						t.Errorf("closed as %s: %+v", got.Status, got.Failures)
					}
					for n := range tt.attempts {
						sim.checkEvidence(attemptOf(n + 1))
					}
				})
			})
		}
	}
}

// laterVersion is a container as a later version writes it, while that one runs: its records
// have a member and their metadata a key that this version does not know.
type laterVersion struct {
	archive.Backend
	runs *bool
}

func (l laterVersion) Put(ctx context.Context, name string, body []byte, meta map[string]string) error {
	// What a manifest names is named by its content.
	if *l.runs && strings.HasSuffix(name, ".json") && !strings.Contains(name, "/manifest") {
		body = withMember(body)
		if len(meta) > 0 {
			meta = maps.Clone(meta)
			meta["addedlater"] = "1"
		}
	}
	return l.Backend.Put(ctx, name, body, meta)
}

func (l laterVersion) Replace(ctx context.Context, name string, body []byte) error {
	if *l.runs {
		body = withMember(body)
	}
	return l.Backend.Replace(ctx, name, body)
}

func (l laterVersion) Swap(ctx context.Context, name string, body []byte, meta map[string]string, etag string) (string, error) {
	if *l.runs {
		body = withMember(body)
	}
	return l.Backend.Swap(ctx, name, body, meta, etag)
}

// withMember adds a member to a JSON object that has some.
func withMember(body []byte) []byte {
	cut := bytes.LastIndexByte(body, '}')
	if cut < 2 {
		return body
	}
	return append(bytes.Clone(body[:cut]), `,"addedLater":{"by":["a later version"]}}`...)
}

// While a deployment goes on, and after one was taken back, two versions work on the same
// requests. A version may add members to records and messages: the other one passes over them.
func TestAnotherVersionsAdditionsChangeNothing(t *testing.T) {
	want, _ := undisturbed(t, smallAccount(), 2)
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			simulate(t, func(t *testing.T, sim *simulation) {
				r := rand.New(rand.NewPCG(seed, 0))
				later := false
				sim.audit = laterVersion{sim.audit, &later}
				sim.index = laterVersion{sim.index, &later}
				sim.outgoing = func(m dsr.Message) dsr.Message {
					if later {
						m.Body = withMember(m.Body)
						m.Properties = maps.Clone(m.Properties)
						m.Properties["addedLater"] = "1"
					}
					return m
				}
				sim.submit(exportRequest)
				for end := time.Now().Add(20 * time.Minute); !sim.idle() && time.Now().Before(end); {
					later = r.IntN(2) == 0
					sim.live = nil // the next delivery is another process's
					if !sim.step() {
						<-time.After(time.Second)
					}
				}

				checkOutcome(t, sim, want)
				if added := sim.withAdditions(); added < 5 {
					t.Errorf("only %d records have an addition", added)
				}
			})
		})
	}
}

// withAdditions counts the records that a later version wrote.
func (sim *simulation) withAdditions() (n int) {
	for _, name := range sim.names(sim.audit, "") {
		if bytes.Contains(readBlob(sim.t, sim.audit, name), []byte(`"addedLater"`)) {
			n++
		}
	}
	return n
}

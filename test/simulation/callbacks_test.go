package simulation_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/callback"
	"azureml-dsr/internal/dsr"
)

// receiver is who callbacks lead to. It answers in order, the last way for ever.
type receiver struct {
	mu      sync.Mutex
	answers []int
	// heard has the bodies by webhook-id, and in order each id with its type.
	heard map[string]string
	order []string
}

func newReceiver(answers ...int) *receiver {
	return &receiver{answers: answers, heard: map[string]string{}}
}

// settings lead a process to the receiver; nil: nobody may be called.
func (r *receiver) settings(faults *faultInjector) callback.Settings {
	if r == nil {
		return callback.Settings{}
	}
	hosts, err := callback.ParseHosts("hooks.example.org")
	if err != nil {
		panic(err)
	}
	return callback.Settings{Hosts: hosts, Client: &http.Client{Transport: receiverTransport{r, faults}}}
}

// receiverTransport calls a receiver without a socket. A call is an effect.
type receiverTransport struct {
	receiver *receiver
	faults   *faultInjector
}

func (t receiverTransport) RoundTrip(req *http.Request) (resp *http.Response, err error) {
	err = t.faults.effect("call "+req.URL.Host, func() error {
		resp, err = t.receiver.take(req)
		return err
	})
	return resp, err
}

// take answers a call. The same id must always come with the same body.
func (r *receiver) take(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}

	r.mu.Lock()
	defer r.mu.Unlock()
	status := r.answers[0]
	if len(r.answers) > 1 {
		r.answers = r.answers[1:]
	}

	id := req.Header.Get("webhook-id")
	if before, ok := r.heard[id]; ok && before != string(body) {
		return nil, fmt.Errorf("%s came with two bodies: %s and %s", id, before, body)
	}
	if status < 300 {
		if r.heard[id] == "" {
			_, typ, _ := strings.Cut(string(body), `"type":"dsr.request.`)
			typ, _, _ = strings.Cut(typ, ".v1")
			r.order = append(r.order, typ)
		}
		r.heard[id] = string(body)
	}

	return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
}

// withCallback returns a request with a callback.
func withCallback(request string) string {
	return strings.Replace(request, `"scope"`, `"callbacks":[{"url":"https://hooks.example.org/a","format":"cloudevents"}],"scope"`, 1)
}

// ids returns the ids that were heard in the order of their numbers, and fails the test when
// one has no other number.
func (r *receiver) ids() (n int) {
	for n = 1; r.heard[fmt.Sprintf("request-1~%d", n)] != ""; n++ {
	}
	return n - 1
}

func TestACallbackHearsOfEachChange(t *testing.T) {
	for name, tt := range map[string]struct {
		answers []int
		run     func(sim *simulation)
		want    []string
	}{
		"of an export":     {[]int{202}, func(sim *simulation) { sim.complete(withCallback(exportRequest)) }, []string{"received", "started", "completed"}},
		"that fails twice": {[]int{500, 500, 202}, func(sim *simulation) { sim.complete(withCallback(exportRequest)) }, []string{"received", "started", "completed"}},
		"of a deletion": {[]int{202}, func(sim *simulation) {
			sim.planDeletion(func(r *dsr.Request) {
				r.Callbacks = []dsr.Callback{{URL: "https://hooks.example.org/a", Format: dsr.FormatCloudEvents}}
			})
			sim.executePlan()
		}, []string{"received", "started", "needsApproval", "completed"}},
		"of one that nobody approves": {[]int{202}, func(sim *simulation) {
			sim.submit(sim.deletionRequest(func(r *dsr.Request) {
				r.Callbacks = []dsr.Callback{{URL: "https://hooks.example.org/a", Format: dsr.FormatCloudEvents}}
				r.DueAt = time.Now().Add(8 * 24 * time.Hour).UTC()
			}))
			sim.run(10 * 24 * time.Hour)
		}, []string{"received", "started", "needsApproval", "dueSoon", "late", "failed"}},
	} {
		t.Run(name, func(t *testing.T) {
			simulateDeletion(t, func(t *testing.T, sim *simulation) {
				sim.receiver = newReceiver(tt.answers...)
				tt.run(sim)
				sim.mustBeIdle()

				if diff := cmp.Diff(slices.Sorted(slices.Values(tt.want)), slices.Sorted(slices.Values(sim.receiver.order))); diff != "" {
					t.Errorf("heard (-want +got):\n%s", diff)
				}
				if n := sim.receiver.ids(); n != len(tt.want) {
					t.Errorf("the numbers go to %d: %v", n, sim.receiver.heard)
				}
				for _, line := range []string{"needs approval", "due soon", "late", "failed"} {
					if n := strings.Count(sim.log.text(), `"msg":"`+line+`"`); n > 1 {
						t.Errorf("%d lines %q", n, line)
					}
				}
				sim.checkEvidence(attempt1)
			})
		})
	}
}

// TestADeadReceiverDelaysNoRequest has one that never takes anything.
func TestADeadReceiverDelaysNoRequest(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.receiver = newReceiver(500)
		begun := time.Now()
		sim.submit(withCallback(exportRequest))
		sim.runUntil(func() bool { return len(sim.names(sim.audit, attempt1.Manifest())) > 0 })
		if took := time.Since(begun); took > time.Minute {
			t.Errorf("the export took %s", took)
		}

		sim.run(72 * time.Hour)
		dead := sim.deadLetters(dsr.QueueCallbacks)
		if len(dead) != 3 || !strings.Contains(dead[0], "hooks.example.org did not take change") {
			t.Errorf("dead letters %v", dead)
		}
	})
}

// TestARefusedCallbackRefusesTheRequest sends one to a host that may not be called.
func TestARefusedCallbackRefusesTheRequest(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.submit(withCallback(exportRequest))
		sim.run(time.Minute)
		if dead := sim.deadLetters(dsr.QueueRequests); len(dead) != 1 || !strings.Contains(dead[0], "/callbacks/0/url: callbacks are switched off here") {
			t.Errorf("dead letters %v", dead)
		}
		if names := sim.names(sim.audit, ""); len(names) > 0 {
			t.Errorf("recorded %v", names)
		}
	})
}

// TestACrashAnywhereLosesNoCallback kills the process before or after each effect, calls
// among them. Each change is heard, under one id and with one body.
func TestACrashAnywhereLosesNoCallback(t *testing.T) {
	var want outcome
	var effects []string
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.receiver = newReceiver(202)
		want = sim.complete(withCallback(exportRequest))
		effects = sim.live.faults.names
	})

	for i := range effects {
		ofCallback := strings.HasPrefix(effects[i], "call ") || strings.Contains(effects[i], "_events/") ||
			strings.Contains(effects[i], dsr.QueueCallbacks) || strings.Contains(effects[i], dsr.CallbacksPrefix) || strings.Contains(effects[i], "manifest.json")
		if !ofCallback && i%sampleEvery != 0 && !*exhaustive {
			continue
		}
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%03d %s after=%t", i+1, effects[i], after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					sim := crashing(t, smallAccount(), 2, &faultInjector{at: i + 1, after: after})
					defer sim.close()
					sim.receiver = newReceiver(202)
					sim.submit(withCallback(exportRequest))
					sim.run(3 * time.Hour)

					checkOutcome(t, sim, want)
					checkHeard(t, sim, []string{"received", "started", "completed"})
				})
			})
		}
	}
}

// checkHeard holds that the receiver has heard of these changes, and of nothing else.
func checkHeard(t *testing.T, sim *simulation, want []string) {
	t.Helper()
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(sim.receiver.order))); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
	if n := sim.receiver.ids(); n != len(want) {
		t.Errorf("the numbers go to %d: %v", n, sim.receiver.heard)
	}
}

// TestLostNotificationsAreFound loses every message of the queue for a while.
func TestLostNotificationsAreFound(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.receiver = newReceiver(202)
		sim.submit(withCallback(exportRequest))
		sim.runUntil(func() bool {
			sim.purge(dsr.QueueCallbacks)
			return len(sim.names(sim.audit, attempt1.Manifest())) > 0 && len(sim.names(sim.index, dsr.OpenPrefix)) == 0
		})
		sim.purge(dsr.QueueCallbacks)

		sim.run(2 * time.Hour)
		sim.mustBeIdle()
		checkHeard(t, sim, []string{"received", "started", "completed"})
	})
}

// TestRandomOrdersOfDeliveryTellTheSame serves the queues in random order, with two crashes.
func TestRandomOrdersOfDeliveryTellTheSame(t *testing.T) {
	for n := range sampled(60) {
		seed := uint64(n)
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := rand.New(rand.NewPCG(seed, 2))
				injector := func() *faultInjector { return &faultInjector{at: 1 + r.IntN(100), after: r.IntN(2) == 0} }
				sim := crashing(t, smallAccount(), 3, injector(), injector())
				defer sim.close()
				sim.receiver = newReceiver(500, 202, 503, 202)
				sim.pick = r.IntN
				sim.submit(withCallback(exportRequest))
				sim.run(3 * time.Hour)

				sim.mustBeIdle()
				checkHeard(t, sim, []string{"received", "started", "completed"})
			})
		})
	}
}

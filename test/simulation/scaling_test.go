package simulation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// requestOf is the standard request for one type of resource.
func requestOf(resourceType string) string {
	return strings.Replace(exportRequest, `"kind"`, `"resourceTypes":["`+resourceType+`"],"kind"`, 1)
}

func TestAnExportOfAThousandSnoozedTasksEndsHoweverItIsScaled(t *testing.T) {
	const snoozed, pause = 1000, 20 * time.Minute
	account := smallAccount()
	account.Runs, account.ArtifactsPerRun = snoozed, 0

	for _, tt := range []struct {
		name    string
		counts  bool
		unwoken []string
		within  time.Duration // 0: it never ends
	}{
		{name: "the controller counts", counts: true, within: time.Hour},
		{name: "the controller peeks", within: time.Hour},
		{name: "nothing wakes what exports", counts: true, unwoken: []string{dsr.QueueExports}},
		{name: "nothing wakes what closes", counts: true, unwoken: []string{dsr.QueueClosings}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			simulateAccount(t, account, account.Runs, func(t *testing.T, sim *simulation) {
				sim.chunk = 1
				sim.upstream.SetFaults(fake.Fault{
					Endpoint:   "E16",
					Status:     429,
					RetryAfter: fmt.Sprint(int(pause / time.Second)),
					Times:      2,
				})

				s := newScaler(sim, tt.counts)
				s.unwoken = tt.unwoken
				sim.submit(requestOf("runs"))
				most := 0
				ended := s.run(max(tt.within, 3*time.Hour), func() bool {
					most = max(most, sim.queues[dsr.QueueExports].Counts().Scheduled)
					return sim.idle()
				})

				took, exports := s.ran, s.of(dsr.QueueExports)
				t.Logf("%s; %d tasks were snoozed at once; instances: %d, %d at once, none %d times", took, most, exports.starts, exports.widest, exports.sleeps)
				if tt.within == 0 {
					if ended {
						t.Error("it ended, though nothing woke the function")
					}
					return
				}

				if !ended || took > tt.within {
					t.Fatalf("ended is %t after %s", ended, took)
				}
				if got := sim.outcome(); got.Status != dsr.StatusSucceeded || got.Totals["E16"].Documents != snoozed {
					t.Errorf("closed as %s with %v: %v", got.Status, got.Totals["E16"], got.Failures)
				}
				if most < snoozed {
					t.Errorf("only %d tasks were snoozed at once", most)
				}
				if exports.sleeps < 2 {
					t.Error("the function had instances all the while")
				}
			})
		})
	}
}

// What a controller that only peeks can't see costs a later request time, and never its end.
func TestTasksThatWaitHideOthersOnlyFromAControllerThatPeeks(t *testing.T) {
	for _, tt := range []struct {
		name    string
		waiting int // tasks that wait for two hours, at the queue's front
		counts  bool
		stalls  bool
	}{
		{name: "counts, behind ten", waiting: 10, counts: true},
		{name: "peeks, behind nine", waiting: 9},
		{name: "peeks, behind ten", waiting: 10, stalls: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			account := smallAccount()
			account.Models = tt.waiting
			simulateAccount(t, account, 100, func(t *testing.T, sim *simulation) {
				sim.chunk, sim.delays = 1, defaultDelays()
				sim.upstream.SetFaults(fake.Fault{Endpoint: "E03", Status: 500})
				sim.submit(requestOf("models"))
				front := func() int { return sim.queues[dsr.QueueExports].Counts().Scheduled }
				newScaler(sim, true).run(45*time.Minute, func() bool { return false })
				if front() != tt.waiting {
					t.Fatalf("%d tasks wait, want %d", front(), tt.waiting)
				}

				sim.upstream.SetFaults()
				sim.submitAs("request-2", requestOf("runs"))
				second := dsr.Attempt{RequestID: "request-2", Number: 1}
				s := newScaler(sim, tt.counts)
				ended := s.run(24*time.Hour, func() bool {
					return slices.Contains(sim.names(sim.audit, second.Prefix()), second.Manifest())
				})
				t.Logf("the second request took %s", s.ran)
				if !ended {
					t.Fatal("the second request never ended")
				}
				if stalled := s.ran > time.Hour; stalled != tt.stalls {
					t.Errorf("the second request took %s", s.ran)
				}

				if !newScaler(sim, tt.counts).run(24*time.Hour, sim.idle) {
					t.Error("the first request never ended")
				}
			})
		})
	}
}

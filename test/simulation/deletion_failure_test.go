package simulation_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

func TestWhatComesBackIsDeletedAgain(t *testing.T) {
	for name, comesBack := range map[string]fake.Deletion{
		"when it was looked for": {ReturnAfterReads: 1}, "within the confirmation time": {ReturnAfter: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			simulateDeletion(t, func(t *testing.T, sim *simulation) {
				sim.planDeletion(nil)
				sim.upstream.SetFaults(fake.Fault{Endpoint: "D02", Times: 1, Deletion: comesBack})
				sim.executePlan()

				if m := sim.manifest(); m.Status != dsr.StatusSucceeded {
					t.Errorf("%s: %v", m.Status, m.Failures)
				}
				if n := sim.deletes()["D02"]; n != 4 {
					t.Errorf("%d DELETEs of three models, one of which came back", n)
				}
			})
		})
	}
}

func TestAnOperationThatFailsIsAFailureAndStopsWhatDependsOnIt(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.planDeletion(nil)
		sim.upstream.SetFaults(fake.Fault{Endpoint: "D05", Status: 403, Times: 1})
		sim.executePlan()
		got := reasons(sim.manifest())
		want := map[string]int{"D05 Forbidden": 1, "D03 DependencyFailed": 3, "D02 DependencyFailed": 3, "D01 DependencyFailed": 1}
		if !maps.Equal(got, want) {
			t.Errorf("failures %v, want %v: the other account's go on", got, want)
		}
		if n := sim.deletes(); n["D08"] != 1 || n["D03"] != 0 {
			t.Errorf("DELETEs %v", n)
		}
	})
}

func TestWhatCannotBeSeenToBeGoneIsUnconfirmedAndTriedAgain(t *testing.T) {
	for status, times := range map[int]int{403: 2, 500: 6} { // of the 500s some are quick retries
		simulateDeletion(t, func(t *testing.T, sim *simulation) {
			sim.planDeletion(nil)
			refusals, front := map[string]int{}, sim.front
			sim.front = http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
				model := strings.Contains(r.URL.Path, "/models/model")
				if model && r.Method == http.MethodGet && refusals[r.URL.Path] > 0 {
					refusals[r.URL.Path]--
					out.WriteHeader(status)
					return
				}

				front.ServeHTTP(out, r)

				if model && r.Method == http.MethodDelete {
					refusals[r.URL.Path] = times
				}
			})

			sim.live = nil
			sim.executePlan()

			if m := sim.manifest(); m.Status != dsr.StatusSucceeded {
				t.Errorf("%d: %s %v", status, m.Status, m.Failures)
			}
			if classes := sim.resends(attempt1); len(classes) < 10 { // one a stage, and what was tried again
				t.Errorf("%d: nothing was tried again: %v", status, classes)
			}

			for what, outcome := range sim.proofs() {
				if outcome != dsr.OutcomeDeleted {
					t.Errorf("%s: %s", what, outcome)
				}
			}
		})
	}
}

func TestAConflictIsWaitedForAndThenReported(t *testing.T) {
	for times, status := range map[int]dsr.Status{2: dsr.StatusSucceeded, 0: dsr.StatusPartiallyFailed} {
		simulateDeletion(t, func(t *testing.T, sim *simulation) {
			sim.planDeletion(nil)
			sim.upstream.SetFaults(fake.Fault{Endpoint: "D07", Status: 409, Times: times})
			sim.executePlan()

			if m := sim.manifest(); m.Status != status {
				t.Errorf("409 %d times: %s, %v", times, m.Status, m.Failures)
			} else if slices.ContainsFunc(m.Failures, func(f dsr.Failure) bool { return f.Item == "" }) {
				t.Errorf("a failure doesn't name what was not deleted: %+v", m.Failures)
			}
		})
	}
}

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

// exportDue is the standard request with a deadline.
func exportDue(at time.Time) string {
	return strings.Replace(exportRequest, `"kind"`, `"dueAt":"`+at.Format(time.RFC3339)+`","kind"`, 1)
}

func TestThrottlingEndsWithTheDeadline(t *testing.T) {
	for _, fault := range []fake.Fault{
		{Endpoint: "E02", Status: 429, RetryAfter: "600"},
		{Endpoint: "E02", Status: 429, RetryAfter: "31536000"},
		{Endpoint: "E02", Status: 429},
		{Endpoint: "E02", Status: 503, RetryAfter: "600"},
		{Endpoint: "E02", Status: 503, RetryAfter: "soon"},
		{Endpoint: "E02", Status: 503, RetryAfter: "-5"},
	} {
		t.Run(fmt.Sprintf("%d %s", fault.Status, fault.RetryAfter), func(t *testing.T) {
			simulate(t, func(t *testing.T, sim *simulation) {
				due := time.Now().Add(2 * time.Hour).UTC()
				sim.upstream.SetFaults(fault)
				sim.submit(exportDue(due))
				sim.run(24 * time.Hour)
				sim.mustBeIdle()

				m := sim.manifestOf(attempt1)
				if late := m.ClosedAt.Sub(due); m.Status != dsr.StatusPartiallyFailed || late < 0 || late > 5*time.Minute {
					t.Errorf("closed as %s, %s after it was due", m.Status, late)
				}
				if !slices.ContainsFunc(m.Failures, func(f dsr.Failure) bool { return f.Endpoint == "E02" }) {
					t.Errorf("failures %v, want one of E02", m.Failures)
				}

				for _, f := range m.Failures { // the closed gate stops the others of its host as well
					if f.Reason != dsr.ReasonThrottled || !strings.Contains(f.Error, "due") {
						t.Errorf("failure %+v, want %s", f, dsr.ReasonThrottled)
					}
				}
			})
		})
	}
}

func TestAnExtendedDeadlineIsTheOneThatCounts(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		due := time.Now().Add(2 * time.Hour).UTC().Truncate(time.Second)
		sim.upstream.SetFaults(fake.Fault{
			Endpoint:   "E02",
			Status:     429,
			RetryAfter: "10800",
			Times:      2,
		})
		sim.submit(exportDue(due))
		sim.run(time.Minute)
		if _, err := sim.records().RecordExtension(t.Context(), dsr.Extension{RequestID: testRequest, DueAt: due, Until: due.Add(24 * time.Hour)}); err != nil {
			t.Fatal(err)
		}

		sim.run(24 * time.Hour)

		if got := sim.outcome(); got.Status != dsr.StatusSucceeded || !sim.idle() {
			t.Errorf("status %s, failures %v", got.Status, got.Failures)
		}
	})
}

func TestAnAttemptThatIsOrderedLateMayStillWait(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		due := time.Now().Add(time.Hour).UTC()
		sim.upstream.SetFaults(fake.Fault{Endpoint: "E16", Status: 403})
		sim.submit(exportDue(due))
		sim.run(30 * time.Minute)
		sim.advanceTo(due.Add(time.Hour))
		sim.upstream.SetFaults(fake.Fault{
			Endpoint:   "E16",
			Status:     429,
			RetryAfter: "7200",
			Times:      3,
		})
		sim.retry(2)
		sim.run(24 * time.Hour)
		checkAttempt(t, sim, 2, dsr.StatusSucceeded, map[string]dsr.Counts{"E16": {Calls: 3, Documents: 3}})
	})
}

package simulation_test

import (
	"net/http"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

func TestARetryReadsWhatFailedOfAWorkspaceAndNoMore(t *testing.T) {
	for name, tt := range map[string]struct {
		fault fake.Fault
		again map[string]int64 // calls that the second attempt makes
	}{
		// The data plane as a whole: nothing of ARM is read again.
		"no data plane": {fake.Fault{Endpoint: "DISC", Status: http.StatusNotFound}, map[string]int64{"W53": 18, "W51": 2, "W29": 0, "W62i": 6}},
		// A version and what is read for an item of a list that goes on.
		"a version":          {fake.Fault{Endpoint: "W15", Status: http.StatusForbidden, Times: 1}, map[string]int64{"W15": 3, "W14": 1, "W12": 0}},
		"a list of runs":     {fake.Fault{Endpoint: "W52", Status: http.StatusForbidden, Times: 1}, map[string]int64{"W29": 0}},
		"a child list":       {fake.Fault{Endpoint: "W54", Status: http.StatusForbidden, Times: 1}, map[string]int64{"W29": 0}},
		"values of a metric": {fake.Fault{Endpoint: "W57", Status: http.StatusForbidden, Times: 1}, map[string]int64{"W56": 1, "W52": 0, "W29": 0}},
	} {
		t.Run(name, func(t *testing.T) {
			simulateAccount(t, mlAccount(), 2, func(t *testing.T, sim *simulation) {
				sim.upstream.SetFaults(tt.fault)
				sim.submit(mlRequest())
				sim.run(24 * time.Hour)
				if m := sim.manifest(); m.Status != dsr.StatusPartiallyFailed {
					t.Fatalf("%s %v", m.Status, m.Failures)
				}

				sim.upstream.SetFaults()
				sim.retry(2)
				sim.run(24 * time.Hour)
				m := sim.manifestOf(attemptOf(2))
				if m.Status != dsr.StatusSucceeded {
					t.Fatalf("%s %v", m.Status, m.Failures)
				}

				for row, n := range tt.again {
					if m.Totals[row].Calls < n || (n == 0 && m.Totals[row].Calls > 0) {
						t.Errorf("%s: %d calls in the second attempt, want %d", row, m.Totals[row].Calls, n)
					}
				}

				sim.checkEvidence(attemptOf(1))
				sim.checkEvidence(attemptOf(2))
			})
		})
	}
}

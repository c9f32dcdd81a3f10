package simulation_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
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
			synctest.Test(t, func(t *testing.T) {
				w := newSimulation(t, mlAccount(), 2)
				defer w.close()

				w.upstream.SetFaults(tt.fault)
				w.submit(strings.Replace(mlRequest, "TYPES", mlTypes(), 1))
				w.run(24 * time.Hour)
				if m := w.manifest(); m.Status != dsr.StatusPartiallyFailed {
					t.Fatalf("%s %v", m.Status, m.Failures)
				}

				w.upstream.SetFaults()
				w.order(2)
				w.run(24 * time.Hour)
				m := decode[dsr.Manifest](t, readBlob(t, w.audit, attemptOf(2).Manifest()))
				if m.Status != dsr.StatusSucceeded {
					t.Fatalf("%s %v", m.Status, m.Failures)
				}

				for row, n := range tt.again {
					if m.Totals[row].Calls < n || (n == 0 && m.Totals[row].Calls > 0) {
						t.Errorf("%s: %d calls in the second attempt, want %d", row, m.Totals[row].Calls, n)
					}
				}

				w.verified(attemptOf(1))
				w.verified(attemptOf(2))
			})
		})
	}
}

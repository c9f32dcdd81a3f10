package simulation_test

import (
	"net/http"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// worksPerDocument is how often a document was read for each that is stored. What was
// throttled was not read.
func (sim *simulation) worksPerDocument(endpoint string) float64 {
	read := 0
	for _, s := range sim.upstream.Served() {
		if s.Endpoint == endpoint && s.Status == http.StatusOK {
			read += s.Count
		}
	}
	return float64(read) / float64(sim.outcome().Totals[endpoint].Documents)
}

// manyLists is an account of 40 lists of runs, each of two pages.
func manyLists() fake.Account {
	a := smallAccount()
	a.Workspaces, a.Projects, a.Runs = 4, 10, 3
	return a
}

// A listing task that is sent again after the window of duplicate detection sends all its
// tasks again. Each must find that it is done.
func TestWhatWasSentOnceIsNotWorkedTwice(t *testing.T) {
	outage := func(sim *simulation, from, until time.Duration) {
		begun := time.Now()
		inner := sim.front
		sim.front = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if since := time.Since(begun); since >= from && since < until {
				rw.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			inner.ServeHTTP(rw, r)
		})
	}

	tests := map[string]func(sim *simulation){
		"what listing tasks read is throttled four times, for longer than the window": func(sim *simulation) {
			sim.upstream.SetFaults(fake.Fault{
				Endpoint:   "E16",
				Status:     http.StatusTooManyRequests,
				RetryAfter: "660",
				Times:      4 * 40,
			})
		},
		"an outage of an hour": func(sim *simulation) { outage(sim, 0, time.Hour) },
		"an outage of an hour amidst the work": func(sim *simulation) {
			sim.upstream.SetFaults(fake.Fault{
				Endpoint:   "E16",
				Status:     http.StatusTooManyRequests,
				RetryAfter: "700",
				Times:      40,
			})
			outage(sim, 20*time.Minute, 80*time.Minute)
		},
	}
	for name, disturb := range tests {
		t.Run(name, func(t *testing.T) {
			simulateAccount(t, manyLists(), 2, func(t *testing.T, sim *simulation) {
				sim.delays = []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 12 * time.Hour}
				disturb(sim)
				if got := sim.complete(exportRequest); got.Status != dsr.StatusSucceeded || got.Totals["E16"].Documents != 120 {
					t.Fatalf("%s, %+v", got.Status, got.Totals["E16"])
				}

				if works := sim.worksPerDocument("E16"); works > 1.02 {
					t.Errorf("each run was read %.2f times", works)
				}
			})
		})
	}
}

package simulation_test

import (
	"fmt"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

func TestUpstreamFaultsEndInAManifestThatSaysSo(t *testing.T) {
	tests := []struct {
		name     string
		fault    fake.Fault
		status   dsr.Status
		failures []string // endpoint, item and reason, joined
		totals   map[string]dsr.Counts
	}{
		{
			name: "an id that the page before already had counts as repeated", fault: fake.Fault{Endpoint: "E14", Repeat: true},
			status: dsr.StatusSucceeded, totals: map[string]dsr.Counts{"E14": {Calls: 2, Documents: 2, Repeated: 1}, "E16": {Calls: 3, Documents: 3}},
		},
		{
			name: "an item that vanished between list and read is gone", fault: fake.Fault{Endpoint: "E16", Vanish: true, Match: "run-000001"},
			status: dsr.StatusSucceeded, totals: map[string]dsr.Counts{"E16": {Calls: 3, Documents: 2, Gone: 1}},
		},
		{
			name: "a list of an item that vanished is gone", fault: fake.Fault{
				Endpoint: "E19",
				Status:   404,
				Match:    "run-000001",
				Skip:     1,
			},
			status: dsr.StatusSucceeded, totals: map[string]dsr.Counts{"E19": {Calls: 5, Documents: 4, Gone: 1}},
		},
		{
			name: "an expired cursor starts the list again", fault: fake.Fault{Endpoint: "E14", ExpireCursor: true, Times: 1},
			status: dsr.StatusSucceeded, totals: map[string]dsr.Counts{"E14": {Calls: 2, Documents: 2}, "E16": {Calls: 3, Documents: 3}},
		},
		{
			name: "a cursor that expires in each pass fails the list", fault: fake.Fault{Endpoint: "E14", ExpireCursor: true},
			status: dsr.StatusPartiallyFailed, failures: []string{"E14 CursorExpired"},
		},
		{
			name: "an empty page with a link is not the end", fault: fake.Fault{Endpoint: "E14", EmptyPage: true, Times: 1},
			status: dsr.StatusSucceeded, totals: map[string]dsr.Counts{"E14": {Calls: 3, Documents: 3}, "E16": {Calls: 3, Documents: 3}},
		},
		{
			name: "a continuation token without a link is followed", fault: fake.Fault{Endpoint: "E14", NoNextLink: true},
			status: dsr.StatusSucceeded, totals: map[string]dsr.Counts{"E16": {Calls: 3, Documents: 3}},
		},
		{
			name: "a list may be a bare array", fault: fake.Fault{Endpoint: "E14", BareArray: true},
			status: dsr.StatusSucceeded, totals: map[string]dsr.Counts{"E14": {Calls: 1, Documents: 1}, "E16": {Calls: 3, Documents: 3}},
		},
		{
			name: "an item that is refused for good is named and the others go on", fault: fake.Fault{Endpoint: "E16", Status: 403, Match: "run-000001"},
			status: dsr.StatusPartiallyFailed, failures: []string{"E16 run-000001 Forbidden"},
			totals: map[string]dsr.Counts{"E16": {Calls: 3, Documents: 2, Failed: 1}},
		},
		{
			name: "a list that is refused for good fails once", fault: fake.Fault{Endpoint: "E14", Status: 403},
			status: dsr.StatusPartiallyFailed, failures: []string{"E14 Forbidden"},
		},
		{
			name: "a failure that passes is retried through the dead-letter queue", fault: fake.Fault{Endpoint: "E14", Status: 500, Times: 9},
			status: dsr.StatusSucceeded, totals: map[string]dsr.Counts{"E16": {Calls: 3, Documents: 3}},
		},
		{
			name: "a failure that stays is given up after the last delay", fault: fake.Fault{Endpoint: "E02", Status: 500},
			status: dsr.StatusPartiallyFailed, failures: []string{"E02 Transient"},
		},
		{
			name: "throttling is waited for and spends nothing", fault: fake.Fault{
				Endpoint:   "E16",
				Status:     429,
				RetryAfter: "600",
				Times:      12,
			},
			status: dsr.StatusSucceeded, totals: map[string]dsr.Counts{"E16": {Calls: 3, Documents: 3}},
		},
		{
			name: "an answer that stalls is asked for again", fault: fake.Fault{Endpoint: "E16", Stall: true, Times: 3},
			status: dsr.StatusSucceeded, totals: map[string]dsr.Counts{"E16": {Calls: 3, Documents: 3}},
		},
		{
			name: "an upstream that only stalls is given up", fault: fake.Fault{Endpoint: "E02", Stall: true},
			status: dsr.StatusPartiallyFailed, failures: []string{"E02 Transient"},
		},
		{
			name: "a body that breaks off is read again", fault: fake.Fault{Endpoint: "E16", Truncate: true, Times: 2},
			status: dsr.StatusSucceeded, totals: map[string]dsr.Counts{"E16": {Calls: 3, Documents: 3}},
		},
		{
			name: "a link to another origin is not followed", fault: fake.Fault{Endpoint: "E14", ForeignNextLink: "https://evil.example/next", Times: 1},
			status: dsr.StatusPartiallyFailed, failures: []string{"E14 ForeignLink"},
		},
		{
			name: "a contentUri outside the blob hosts is that artifact's failure", fault: fake.Fault{Endpoint: "E23", ForeignContentURI: "https://evil.example/a?sig=x", Times: 1},
			status: dsr.StatusPartiallyFailed, failures: []string{"E23 ForeignLink"},
			totals: map[string]dsr.Counts{"E23": {Calls: 9, Documents: 9, Failed: 1}},
		},
		{
			name: "a redirect is not followed", fault: fake.Fault{Endpoint: "E03", Redirect: "https://evil.example/", Times: 1},
			status: dsr.StatusPartiallyFailed, failures: []string{"E03 Redirect"},
		},
		{
			name: "an answer that is no JSON is that item's failure", fault: fake.Fault{
				Endpoint: "E16",
				Status:   200,
				Body:     "<html>",
				Match:    "run-000001",
			},
			status: dsr.StatusPartiallyFailed, failures: []string{"E16 run-000001 MalformedAnswer"},
		},
		{
			name: "a list that is no JSON fails", fault: fake.Fault{Endpoint: "E14", Status: 200, Body: "<html>"},
			status: dsr.StatusPartiallyFailed, failures: []string{"E14 MalformedAnswer"},
		},
		{
			name: "an account that isn't there is never exported", fault: fake.Fault{Endpoint: "E27", Status: 404},
			status: dsr.StatusPartiallyFailed, failures: []string{"E27 TargetNotFound"},
			totals: map[string]dsr.Counts{"E27": {Failed: 1}, "E14": {}, "E03": {Calls: 1, Documents: 1}},
		},
		{
			name: "a discovery that is refused for good is a failure", fault: fake.Fault{Endpoint: "PR", Status: 403},
			status: dsr.StatusPartiallyFailed, failures: []string{"E29 Forbidden"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			simulate(t, func(t *testing.T, sim *simulation) {
				sim.upstream.SetFaults(tt.fault)
				got := sim.complete(exportRequest)
				if got.Status != tt.status {
					t.Errorf("status %s, failures %v; want %s", got.Status, got.Failures, tt.status)
				}

				checkFailures(t, sim, tt.failures)

				for id, want := range tt.totals {
					c := got.Totals[id]
					c.Bytes = 0
					if c != want {
						t.Errorf("%s: %+v, want %+v", id, c, want)
					}
				}
			})
		})
	}
}

// checkFailures compares the manifest's failures, each as words that must all
// stand in it.
func checkFailures(t *testing.T, sim *simulation, want []string) {
	t.Helper()
	m := sim.manifestOf(attempt1)
	if len(m.Failures) != len(want) {
		t.Fatalf("failures %+v, want %v", m.Failures, want)
	}

	for i, words := range want {
		text := fmt.Sprint(m.Failures[i].Endpoint, " ", m.Failures[i].Item, " ", m.Failures[i].Reason)
		for _, word := range strings.Fields(words) {
			if !strings.Contains(text, word) {
				t.Errorf("failure %q lacks %q", text, word)
			}
		}

		if m.Failures[i].Target == "" || m.Failures[i].Error == "" {
			t.Errorf("failure %+v names no target or error", m.Failures[i])
		}
	}
}

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/app"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

func TestTheFakeAccountHoldsExactlyTheRunsAskedFor(t *testing.T) {
	for _, runs := range []int{1, 2, 3, 4, 5, 6, 500, 2000, 999} {
		a := fakeAccount(runs)
		if got := a.Workspaces * a.Projects * a.Runs; got != runs {
			t.Errorf("%d runs: got %d", runs, got)
		}
	}
	if a := fakeAccount(defaultRuns); a.Workspaces != 2 || a.Projects != 2 {
		t.Errorf("the default is not spread: %+v", a)
	}
}

func TestTheFakesRequestIsValid(t *testing.T) {
	v, err := app.NewValidator()
	if err != nil {
		t.Fatal(err)
	}
	d := &demo{request: fakeRequest("demo-1", fakeAccount(1))}
	body, err := d.body()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Parse(body, time.Now()); err != nil {
		t.Fatal(err)
	}
}

func TestTheTotalsAreComparedWithTheCallsServed(t *testing.T) {
	served := []fake.Served{
		{Endpoint: "E16", URL: "/1", Status: 200, Count: 2}, // sent twice, one call
		{Endpoint: "E16", URL: "/2", Status: 404, Count: 1}, // gone
		{Endpoint: "E16", URL: "/3", Status: 503, Count: 1}, // an error, and then an answer
		{Endpoint: "E16", URL: "/3", Status: 200, Count: 1},
		{Endpoint: "E19", URL: "/4", Status: 200, Count: 1},
		{Endpoint: "WS", URL: "/5", Status: 200, Count: 1},
		{Endpoint: "W57", URL: "/6", Method: "POST", Body: `{"metricName":"a"}`, Status: 200, Count: 2}, // two calls of one URL
		{Endpoint: "W57", URL: "/6", Method: "POST", Body: `{"metricName":"b"}`, Status: 200, Count: 1},
		{Endpoint: "DISC", URL: "/7", Status: 200, Count: 1},
	}

	one, two := dsr.Counts{Calls: 1, Documents: 1}, dsr.Counts{Calls: 2, Documents: 2}
	for name, tt := range map[string]struct {
		totals dsr.Totals
		lines  int
	}{
		"the same":        {dsr.Totals{"E16": {Calls: 3, Documents: 2, Gone: 1}, "E19": one, "E24": one, "W57": two}, 0},
		"one too few":     {dsr.Totals{"E16": {Calls: 2, Documents: 2}, "E19": one, "E24": one, "W57": two}, 1},
		"one body":        {dsr.Totals{"E16": {Calls: 3, Documents: 2}, "E19": one, "E24": one, "W57": one}, 1},
		"one never asked": {dsr.Totals{"E16": {Calls: 3, Documents: 2}, "E19": one, "E24": one, "W57": two, "E27": one}, 1},
		"nothing at all":  {dsr.Totals{}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			if lines := compareServed(tt.totals, served); len(lines) != tt.lines {
				t.Fatalf("want %d lines, got:\n%s", tt.lines, strings.Join(lines, "\n"))
			}
		})
	}
}

func TestAForbiddenCallIsReported(t *testing.T) {
	served := []fake.Served{
		{Endpoint: "DISC", Method: "GET", URL: "/discovery", Status: 200, Count: 1},
		{Endpoint: "NEVER", Method: "POST", URL: "/listKeys", Status: 403, Count: 1}, // refused, but sent
	}
	if lines := compareServed(dsr.Totals{}, served); len(lines) != 1 || lines[0] != "POST /listKeys must not be called" {
		t.Errorf("reported %q", lines)
	}
}

// The fake does not count answers to POST as documents. If the demo counted them, its
// progress would run ahead.
func TestTheProgressCountsWhatTheFakeCounts(t *testing.T) {
	served := []fake.Served{
		{Endpoint: "W53", Method: "GET", URL: "/1", Status: 200, Count: 1},
		{Endpoint: "W55d", Method: "POST", URL: "/2", Status: 200, Count: 1},
		{Endpoint: "W50", Method: "POST", URL: "/3", Status: 200, Count: 1},
		{Endpoint: "W53", Method: "GET", URL: "/4", Status: 404, Count: 1},
		{Endpoint: "DISC", Method: "GET", URL: "/5", Status: 200, Count: 1},
	}
	if n := documentsServed(served); n != 1 {
		t.Errorf("%d documents, want the one run", n)
	}
}

// TestALocalRequestNeedsNoScope holds that the local stack names all that its account holds.
func TestALocalRequestNeedsNoScope(t *testing.T) {
	account := fakeAccount(1)
	settings := map[string]string{}
	for _, pair := range localScopes(config.FromMap(nil), account) {
		name, value, _ := strings.Cut(pair, "=")
		settings[name] = value
	}

	names, err := config.LoadScopes(config.FromMap(settings))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fakeRequest("", account).Scope, names.Places[names.Default]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	if own := localScopes(config.FromMap(map[string]string{"DSR_SCOPES": `{"own":{"subscriptionId":"s"}}`}), account); own != nil {
		t.Errorf("beside names of the environment: %v", own)
	}
}

package simulation_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

func TestHostileIDsStayInTheirPlace(t *testing.T) {
	ids := []string{
		"../../../accounts/other", "..", ".", "a/b", "a?b=c", "a#b", "a%2fb", "a\\b", "Ünïcødé 名前", strings.Repeat("x", 1024), " ", "a\u0000b",
	}
	type run struct {
		RunID string `json:"runId"`
	}
	var list struct {
		Value []run `json:"value"`
	}
	for _, id := range ids {
		list.Value = append(list.Value, run{id})
	}

	body, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}

	simulate(t, func(t *testing.T, sim *simulation) {
		sim.upstream.SetFaults(fake.Fault{Endpoint: "E14", Status: 200, Body: string(body)})
		got := sim.complete(exportRequest)
		if c := got.Totals["E16"]; got.Status != dsr.StatusSucceeded || c.Calls != int64(len(ids)) || c.Gone != int64(len(ids)) {
			t.Errorf("status %s, E16 %+v, failures %v: want each id asked for and gone", got.Status, c, got.Failures)
		}

		known := []string{"E01", "E02", "E03", "E04", "E06", "E08", "E14", "E15", "E16", "E17", "E19", "E21", "E22", "E26", "E27", "E28", "E29", "WS", "PR"}
		for _, s := range sim.upstream.Served() {
			if !slices.Contains(known, s.Endpoint) {
				t.Errorf("a call that no row names: %s %s", s.Endpoint, s.URL)
			}
		}

		safe := regexp.MustCompile(`^[A-Za-z0-9._%~-]{1,200}(/[A-Za-z0-9._%~-]{1,200})*$`)
		for _, name := range slices.Concat(sim.names(sim.audit, ""), sim.names(sim.exports, ""), sim.names(sim.index, "")) {
			if !safe.MatchString(name) || strings.Contains(name, "..") || (!strings.HasPrefix(name, testRequest+"/") && !strings.HasPrefix(name, dsr.ExpiresPrefix) && !strings.HasPrefix(name, dsr.ClosedPrefix)) {
				t.Errorf("blob %q", name)
			}
		}
	})
}

func TestHostileArtifactPathsStayInTheirPlace(t *testing.T) {
	paths := []string{"../../../../x", "a/../../b", "/etc/passwd", "a//b", "..", "a/./b", "%2e%2e/x", "a?sig=x#y", strings.Repeat("d/", 300) + "x", "a\\b"}
	type artifact struct {
		Path string `json:"path"`
	}
	var list struct {
		Value []artifact `json:"value"`
	}
	// Two at a time: as many as an item's own list may have in this simulation.
	for i := 0; i+2 <= len(paths); i += 2 {
		list.Value = []artifact{{paths[i]}, {paths[i+1]}}
		body, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}

		simulate(t, func(t *testing.T, sim *simulation) {
			sim.upstream.SetFaults(fake.Fault{Endpoint: "E22", Status: 200, Body: string(body)})
			if c := sim.complete(exportRequest).Totals["E23"]; c.Calls != 6 || c.Documents != 0 {
				t.Errorf("%v: E23 %+v, want each path of three runs looked for and not found", list.Value, c)
			}

			for _, s := range sim.upstream.Served() {
				// The fake knows no row for an empty segment.
				if s.Endpoint == "" && !strings.Contains(s.URL, "/artifacts/contentinfo/ExperimentRun/run-") {
					t.Errorf("%v: a call left its row: %s %s", list.Value, s.Endpoint, s.URL)
				}
			}

			for _, name := range sim.names(sim.exports, "") {
				if strings.Contains(name, "/content/") || strings.Contains(name, "/../") {
					t.Errorf("%v: blob %q", list.Value, name)
				}
			}
		})
	}
}

func TestAnEndlessListIsRefused(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.upstream.SetFaults(fake.Fault{Endpoint: "E02", Status: 200,
			Body: `{"value":[],"nextLink":"http://127.0.0.1:9/api/subscriptions/sub-1/resourceGroups/group-1/accounts/models/models?api-version=2017-09-01-preview&page=2"}`})
		sim.submit(exportRequest)
		sim.run(24 * time.Hour)
		checkFailures(t, sim, []string{"E02 MalformedAnswer"})
		if n := sim.served("E02"); n > 2 {
			t.Errorf("a page that names itself was read %d times", n)
		}
	})
}

func TestAFailedPageIsNotListedAgain(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.upstream.SetFaults(fake.Fault{Endpoint: "E02", Status: 403, Times: 1})
		sim.live = sim.newProcess(dyingAfter("/pages/00002/"))
		sim.export()
		checkFailures(t, sim, []string{"E02 Forbidden"})
		if n := sim.served("E02"); n != 1 {
			t.Errorf("the list was read %d times: its recorded failure was not used", n)
		}
	})
}

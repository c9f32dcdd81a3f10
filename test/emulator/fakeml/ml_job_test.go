package fakeml

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAJobTakesItsRunAndChildrenAlong(t *testing.T) {
	f := startML(t, Options{Account: oneWorkspace()})
	a := &f.account
	before := maps.Collect(f.Documents())
	f.settled(t, f.jobPath(0, 0))
	after := maps.Collect(f.Documents())
	mine := []string{a.MLRunID(0, 0, 0), a.MLChildRunID(0, 0, 0, 0), a.MLChildRunID(0, 0, 0, 2), a.MLGrandchildRunID(0, 0, 0, 1)}
	for path := range before {
		taken := false
		for _, id := range append(mine, a.MLChildRunID(0, 0, 0, 1), a.MLGrandchildRunID(0, 0, 0, 0)) {
			taken = taken || strings.Contains(path, id)
		}
		if _, left := after[path]; left == taken {
			t.Errorf("%s is left: %v", path, left)
		}
	}

	for _, id := range mine {
		for _, path := range []string{testRH + "/runs/" + id, testRH + "/runs/" + id + "/children", testRH + "/runs/" + id + "/details", testAF + "/artifacts/ExperimentRun/dcid." + id} {
			if g := f.get(t, path); g.status != http.StatusNotFound {
				t.Errorf("%s: status %d", path, g.status)
			}
		}

		for path, body := range map[string]string{testRH + "/rundata": `{"runId":` + text(id) + `}`, testMT + "/runs/" + id + "/list": "{}"} {
			if g := f.post(t, path, body); g.status != http.StatusNotFound {
				t.Errorf("%s: status %d", path, g.status)
			}
		}
	}

	if runs := f.walkPOST(t, f.mlExperimentPath(0)+"/runs:query", runsBody); len(runs) != 8 {
		t.Errorf("%d runs are listed", len(runs))
	}
}

func TestAJobThatRunsHasToBeCanceled(t *testing.T) {
	clock := newClock()
	f := startML(t, Options{Now: clock.now, Deletion: Deletion{Takes: time.Minute}})
	job := f.jobPath(0, 3)
	cancel := strings.Replace(job, "?", "/cancel?", 1)
	status := func() string { return textAt(t, f.get(t, job).body, "properties/status") }
	if g := f.delete(t, job); g.status != http.StatusConflict || status() != "Running" {
		t.Fatalf("status %d, body %s", g.status, g.body)
	}
	g := f.post(t, cancel, "")
	if g.status != http.StatusAccepted || f.get(t, g.header.Get("Location")).status != http.StatusAccepted || status() != "Running" {
		t.Fatalf("status %d, body %s", g.status, g.body)
	}

	clock.add(time.Hour)

	if f.get(t, g.header.Get("Location")).status != http.StatusOK || status() != "Canceled" {
		t.Errorf("the job is %s", status())
	}
	if run := textAt(t, f.get(t, f.mlRunPath(0, 3)).body, "status"); run != "Canceled" {
		t.Errorf("the run is %s", run)
	}
	if g := f.post(t, cancel, ""); g.status != http.StatusOK {
		t.Errorf("a second cancel: status %d", g.status)
	}

	f.delete(t, job)
	clock.add(time.Hour)

	if g := f.get(t, job); g.status != http.StatusNotFound {
		t.Errorf("afterwards: status %d", g.status)
	}

	for _, path := range []string{cancel, strings.Replace(cancel, "run_ml", "none", 1)} {
		if g := f.post(t, path, ""); g.status != http.StatusNotFound {
			t.Errorf("%s: status %d", path, g.status)
		}
	}
}

func TestAJobThatIsMadeAgainRunsNoMore(t *testing.T) {
	f := startML(t, Options{})
	if err := f.Recreate(f.jobPath(0, 3)); err != nil {
		t.Fatal(err)
	}
	if status := textAt(t, f.get(t, f.mlRunPath(0, 3)).body, "status"); status != "Completed" {
		t.Errorf("it is %s", status)
	}
	f.settled(t, f.jobPath(0, 3))
}

func TestACanceledJobMayRunAgainOnce(t *testing.T) {
	account := mlAccount()
	account.ML.Restarts = true
	f := startML(t, Options{Account: account})
	job := f.jobPath(0, 3)
	cancel := strings.Replace(job, "?", "/cancel?", 1)
	var seen []string
	for range 2 {
		f.post(t, cancel, "")
		for range 2 {
			seen = append(seen, textAt(t, f.get(t, job).body, "properties/status"))
		}
	}

	if got := strings.Join(seen, " "); got != "Canceled Running Canceled Canceled" {
		t.Errorf("it was %s", got)
	}

	f.settled(t, job)
}

func TestAnExperimentIsRefusedWhileItHoldsRuns(t *testing.T) {
	account := mlAccount()
	account.ML.RunsPerExperiment = 2
	f := startML(t, Options{Account: account, Deletion: Deletion{LingerReads: 1, Location: true}})
	path := f.mlExperimentPath(0)
	for run := range 2 {
		if g := f.delete(t, path); g.status != http.StatusConflict {
			t.Errorf("with runs: status %d", g.status)
		}
		f.settled(t, f.jobPath(0, run))
	}

	g := f.delete(t, path)
	if g.status != http.StatusAccepted || g.header.Get("Location")+g.header.Get("Azure-AsyncOperation")+g.header.Get("Retry-After") != "" {
		t.Errorf("status %d, header %v", g.status, g.header)
	}
	if got := statuses(t, f, path, 2); got[0] != 200 || got[1] != 404 {
		t.Errorf("status %v", got)
	}
}

func TestAChildRunHasNoJobOfItsOwn(t *testing.T) {
	f := startML(t, Options{})
	job := testML + "/jobs/" + f.account.MLChildRunID(0, 0, 0, 0) + mlAPI
	if got, gone := f.get(t, job), f.delete(t, job); got.status != http.StatusNotFound || gone.status != http.StatusNotFound {
		t.Errorf("GET: status %d; DELETE: status %d", got.status, gone.status)
	}
}

package fakeml

import (
	"bytes"
	"maps"

	"strings"
	"testing"
	"time"
)

// subjectsOwn are the rows whose things are deleted one by one for a person.
const subjectsOwn = "W29 W05 W11 W15 W19 W23 W27 W31 W35 W39 W43 W66d W66h W68i W73i W78i"

func TestWhatIsTheSubjectsCanGoAndNothingElse(t *testing.T) {
	f := startML(t, Options{Account: oneWorkspace()})
	hers := func(path string) bool {
		owner, ok := f.Owner(path)
		return ok && owner == f.account.Subject()
	}

	isOne := func(row, rows string) bool { return row != "" && strings.Contains(rows+" ", row+" ") }
	before := maps.Collect(f.Documents())
	for path := range before {
		row := rowOf(t, f.Server, path)
		if !isOne(row, subjectsOwn) || !hers(path) {
			continue
		}

		switch row {
		case "W29":
			f.post(t, strings.Replace(path, "?", "/cancel?", 1), "")
		case "W05":
			path += "&underlyingResourceAction=Delete"
		}

		f.settled(t, path)
	}

	after := maps.Collect(f.Documents())
	gone := 0
	for path, want := range before {
		got, left := after[path]
		owned := hers(path) && isOne(rowOf(t, f.Server, path), subjectsOwn+" W53 W55 W60 W62i")
		switch {
		case owned && left:
			t.Errorf("%s is left", path)
		case owned:
			gone++
		case !left || !bytes.Equal(got, want):
			t.Errorf("%s is left: %v, %s, was %s", path, left, got, want)
		}
	}

	if gone < 100 {
		t.Errorf("%d documents were hers", gone)
	}
}

func TestWhatIsMadeAgainInMLIsNewer(t *testing.T) {
	clock := newClock()
	f := startML(t, Options{Now: clock.now})
	a := &f.account
	for path, at := range map[string]string{
		testML1 + mlAPI: "systemData/createdAt",
		testReg + mlAPI: "systemData/createdAt",
		f.jobPath(0, 1): "systemData/createdAt",
		testML + "/models/" + a.MLResourceName("W13", 0, 0) + "/versions/2" + mlAPI: "systemData/createdAt",
		testML + "/computes/" + a.MLResourceName("W05", 0, 0) + mlAPI:               "systemData/createdAt",
		f.mlExperimentPath(1): "createdUtc",
		strings.Replace(testDT, "-00/", "-01/", 1) + "/" + a.nameOf(template, place{registry: 1, item: 1}) + "/versions/2?" + templateAPI: "systemData/createdAt",
		testMR + "/assets/" + a.nameOf(mlAsset, place{item: 1}):                                                                           "createdTime",
	} {
		if old := createdAt(t, f.get(t, path), at); old.Year() != 2018 {
			t.Errorf("%s: created %v by the seed", path, old)
		}

		clock.add(time.Hour)
		if err := f.Recreate(path); err != nil {
			t.Fatal(err)
		}

		if recreated := createdAt(t, f.get(t, path), at); !recreated.Equal(clock.now()) {
			t.Errorf("%s: created %v, want %v", path, recreated, clock.now())
		}
	}

	if run := createdAt(t, f.get(t, f.mlRunPath(0, 1)), "createdUtc"); run.Year() != 2026 {
		t.Errorf("the run of a job made again: created %v", run)
	}
	if registered := createdAt(t, f.get(t, testMR+"/models/"+a.MLResourceName("W13", 0, 0)+":2"), "createdTime"); registered.Year() != 2026 {
		t.Errorf("the registered model of a version made again: created %v", registered)
	}
	if runs := f.walkPOST(t, f.mlExperimentPath(1)+"/runs:query", runsBody); len(runs) != 0 {
		t.Errorf("an experiment made again has %d runs", len(runs))
	}
	if jobs := f.walkGET(t, testML1+"/jobs"+mlAPI); len(jobs) != 0 {
		t.Errorf("a workspace made again has %d jobs", len(jobs))
	}
}

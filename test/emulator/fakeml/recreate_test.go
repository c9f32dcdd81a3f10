package fakeml

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"
)

// createdAt reads a creation time by the path of its member.
func createdAt(t *testing.T, g got, path string) time.Time {
	t.Helper()
	value := decode[any](t, g, http.StatusOK)
	for step := range strings.SplitSeq(path, "/") {
		object, _ := value.(map[string]any)
		value = object[step]
	}
	at, _ := value.(string)
	created, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		t.Fatalf("%s: %v in %s", path, err, g.body)
	}
	return created
}

// deletable has a URL and the member with the creation time for each row.
var deletable = map[string][2]string{
	"D01": {testHosting + mmVersion, "properties/createdOn"},
	"D02": {hosted("model", 39), "createdTime"},
	"D03": {hosted("manifest", 3), "createdTime"},
	"D04": {hosted("service", 1), "createdAt"},
	"D05": {hosted("image", 2), "createdTime"},
	"D06": {testProject + armVersion, "properties/creationDate"},
	"D07": {testWorkspace + armVersion, "properties/creationDate"},
	"D08": {testEA + armVersion, "properties/creationDate"},
}

func TestWhatIsMadeAgainIsNewer(t *testing.T) {
	for row, test := range deletable {
		t.Run(row, func(t *testing.T) {
			clock := newClock()
			f := startFake(t, Options{Account: looseAccount(), Now: clock.now})
			old := createdAt(t, f.get(t, test[0]), test[1])
			if old.Year() != 2018 {
				t.Errorf("created %v by the seed", old)
			}

			f.gone(t, test[0])
			clock.add(time.Hour)
			if err := f.Recreate(test[0]); err != nil {
				t.Fatal(err)
			}

			if recreated := createdAt(t, f.get(t, test[0]), test[1]); !recreated.Equal(clock.now()) {
				t.Errorf("created %v, want %v", recreated, clock.now())
			}

			clock.add(time.Hour)
			if err := f.Recreate(f.url + test[0]); err != nil { // while it is there
				t.Fatal(err)
			}

			if recreated := createdAt(t, f.get(t, test[0]), test[1]); !recreated.Equal(clock.now()) {
				t.Errorf("created %v the second time, want %v", recreated, clock.now())
			}

			f.gone(t, test[0])

			if g := f.get(t, test[0]); g.status != http.StatusNotFound {
				t.Errorf("status %d at last", g.status)
			}
		})
	}
}

func TestListsShowTheNewCreationTime(t *testing.T) {
	clock := newClock()
	f := startFake(t, Options{Now: clock.now})
	if err := f.Recreate(testModels + "/" + f.account.ModelID(0)); err != nil {
		t.Fatal(err)
	}
	raw := f.page(t, testModels+mmVersion).Value[0]
	if created := createdAt(t, got{status: http.StatusOK, body: raw}, "createdTime"); !created.Equal(clock.now()) {
		t.Errorf("created %v", created)
	}
}

func TestAContainerThatIsMadeAgainIsEmpty(t *testing.T) {
	f := startFake(t, Options{})
	if err := f.Recreate(testWorkspace); err != nil {
		t.Fatal(err)
	}

	if p := f.page(t, testWorkspace+"/projects"+armVersion); len(p.Value) != 0 {
		t.Errorf("projects %s", p.Value)
	}

	for _, path := range []string{testProject + armVersion, testRuns} {
		if g := f.get(t, path); g.status != http.StatusNotFound {
			t.Errorf("%s: status %d", path, g.status)
		}
	}

	if err := f.Recreate(testProject); err != nil {
		t.Fatal(err)
	}

	if p := f.page(t, testWorkspace+"/projects"+armVersion); len(p.Value) != 1 {
		t.Errorf("projects %s", p.Value)
	}

	if err := f.Recreate(testEA); err != nil {
		t.Fatal(err)
	}

	if p := f.page(t, testEA+"/workspaces"+armVersion); len(p.Value) != 0 {
		t.Errorf("workspaces %s", p.Value)
	}
}

func TestWhatWasMadeAgainReturnsAsItWasLast(t *testing.T) {
	f := startFake(t, Options{Faults: []Fault{{Endpoint: "D06", Deletion: Deletion{ReturnAfterReads: 1}}}})
	if err := f.Recreate(testProject); err != nil {
		t.Fatal(err)
	}

	before := f.get(t, testProject+armVersion)
	f.gone(t, testProject+armVersion)

	if got := statuses(t, f, testProject+armVersion, 2); fmt.Sprint(got) != "[404 200]" {
		t.Errorf("status %v", got)
	}
	if after := f.get(t, testProject+armVersion); !bytes.Equal(after.body, before.body) {
		t.Errorf("it was %s and is %s", before.body, after.body)
	}
	if runs := f.page(t, testRuns).Value; len(runs) != 0 {
		t.Errorf("what was in the first came back: %s", runs)
	}
}

func TestAProjectThatIsMadeAgainHasNoRuns(t *testing.T) {
	f := startFake(t, Options{})
	link := f.contentLink(t, 0)
	before := maps.Collect(f.Documents())
	if err := f.Recreate(testProject); err != nil {
		t.Fatal(err)
	}

	after := maps.Collect(f.Documents())
	for path := range before {
		old := strings.Contains(path, testProject+"/")
		want := http.StatusOK
		if old {
			want = http.StatusNotFound
		}
		if _, listed := after[path]; listed == old {
			t.Errorf("%s among the documents: %v", path, listed)
		}
		if g := f.get(t, path); g.status != want {
			t.Errorf("%s: status %d, want %d", path, g.status, want)
		}
	}

	run := f.account.RunID(0, 0, 1)
	for _, path := range []string{testRuns + "/" + run + "/artifacts", "/artifact/v1.0" + testProject + "/artifacts/origins/ExperimentRun/containers/" + run} {
		if g := f.get(t, path); g.status != http.StatusNotFound {
			t.Errorf("%s: status %d", path, g.status)
		}
	}

	for _, path := range []string{testRuns, testHistory + "/experiments", testHistory + "/runmetrics", "/artifact/v1.0" + testProject + "/assets", "/notification/v1.0" + testProject + "/users/" + testSubject + "/jobs"} {
		if p := f.page(t, path); len(p.Value) != 0 || p.NextLink != "" {
			t.Errorf("%s: %d items", path, len(p.Value))
		}
	}

	if g := f.bare(t, link); g.status != http.StatusNotFound {
		t.Errorf("an artifact's bytes: status %d", g.status)
	}
}

func TestADeletionThatRunsDoesNotTakeWhatWasMadeAgain(t *testing.T) {
	clock := newClock()
	f := startFake(t, Options{Now: clock.now, Deletion: Deletion{Takes: time.Minute, AsyncOperation: true}})
	link := f.delete(t, testProject+armVersion).header.Get("Azure-AsyncOperation")
	if err := f.Recreate(testProject); err != nil {
		t.Fatal(err)
	}

	clock.add(time.Hour)

	if g := f.get(t, testProject+armVersion); g.status != http.StatusOK {
		t.Errorf("status %d", g.status)
	}
	if doc := decode[operationDoc](t, f.get(t, link), http.StatusOK); doc.Status != "Succeeded" {
		t.Errorf("operation %+v", doc)
	}
}

func TestNotEverythingCanBeMadeAgain(t *testing.T) {
	f := startFake(t, Options{})
	f.gone(t, testWorkspace+armVersion)

	for name, path := range map[string]string{
		"what no DELETE names":           testRuns + "/" + f.account.RunID(0, 0, 0),
		"what the account never had":     testEA + "/workspaces/workspace-77",
		"what has lost its container":    testProject,
		"what is no URL":                 "http://[::1",
		"what is a list and not a thing": testModels,
	} {
		t.Run(name, func(t *testing.T) {
			if err := f.Recreate(path); err == nil {
				t.Error("it was made again")
			}
		})
	}
}

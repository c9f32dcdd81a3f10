package fakeml

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// looseAccount has models, manifests and images that nothing uses: the last ones.
func looseAccount() Account {
	account := testAccount()
	account.Services, account.Images, account.Manifests = 2, 3, 4
	return account
}

func TestWhatIsDeletedIsNotFoundAndNotListed(t *testing.T) {
	tests := []struct {
		endpoint, path, other, list string
		left                        int
	}{
		{"D01", testHosting + mmVersion, testEA + armVersion, "", 0},
		{"D02", hosted("model", 39), hosted("model", 38), testModels + mmVersion, 39},
		{"D03", hosted("manifest", 3), hosted("manifest", 2), testAccountMM + "/manifests" + mmVersion, 3},
		{"D04", hosted("service", 1), hosted("service", 0), testAccountMM + "/services" + mmVersion, 1},
		{"D05", hosted("image", 2), hosted("image", 1), testAccountMM + "/images" + mmVersion, 2},
		{"D06", testProject + armVersion, testWorkspace + "/projects/project-01" + armVersion, testWorkspace + "/projects" + armVersion, 2},
		{"D07", testWorkspace + armVersion, testEA + "/workspaces/workspace-01" + armVersion, testEA + "/workspaces" + armVersion, 1},
		{"D08", testEA + armVersion, testHosting + mmVersion, "", 0},
	}
	for _, test := range tests {
		t.Run(test.endpoint, func(t *testing.T) {
			f := startFake(t, Options{Account: looseAccount()})
			if g := f.get(t, test.path); g.status != http.StatusOK {
				t.Fatalf("status %d before", g.status)
			}
			if g := f.delete(t, test.path); g.status != http.StatusOK || len(g.body) != 0 {
				t.Fatalf("DELETE: status %d, body %s", g.status, g.body)
			}
			if g := f.get(t, test.path); g.status != http.StatusNotFound || !strings.Contains(string(g.body), "NotFound") {
				t.Errorf("status %d, body %s", g.status, g.body)
			}
			if g := f.get(t, test.other); g.status != http.StatusOK {
				t.Errorf("another is gone too: status %d", g.status)
			}

			if test.list != "" {
				if items := f.page(t, test.list).Value; len(items) != test.left {
					t.Errorf("%d are listed, want %d", len(items), test.left)
				}
			}

			if g := f.delete(t, test.path); g.status != http.StatusNotFound {
				t.Errorf("DELETE again: status %d", g.status)
			}

			want := []Served{
				{test.endpoint, http.MethodDelete, test.path, http.StatusOK, 1, ""},
				{test.endpoint, http.MethodDelete, test.path, http.StatusNotFound, 1, ""},
			}

			got := slices.DeleteFunc(f.Served(), func(s Served) bool { return s.Method != http.MethodDelete })
			if !slices.Equal(got, want) {
				t.Errorf("served %+v, want %+v", got, want)
			}
		})
	}
}

func TestAContainerTakesAllThatLiesInItAndNothingElse(t *testing.T) {
	for inside, path := range map[string]string{
		"/workspaces/workspace-00/projects/project-00": testProject + armVersion,
		"/workspaces/workspace-00":                     testWorkspace + armVersion,
		"/accounts/exp-1":                              testEA + armVersion,
		"/accounts/mm-1":                               testHosting + mmVersion,
	} {
		t.Run(path, func(t *testing.T) {
			f := startFake(t, Options{})
			before := maps.Collect(f.Documents())
			f.gone(t, path)
			after := maps.Collect(f.Documents())
			taken := 0
			for document, want := range before {
				g := f.get(t, document)
				_, listed := after[document]

				if strings.Contains(document, inside) {
					taken++
					if g.status != http.StatusNotFound || listed {
						t.Errorf("%s: status %d, among the documents: %v", document, g.status, listed)
					}
				} else if g.status != http.StatusOK || !bytes.Equal(g.body, want) || !bytes.Equal(after[document], want) {
					t.Errorf("%s: status %d, among the documents: %v", document, g.status, listed)
				}
			}

			if taken < 2 || taken == len(before) || len(after) != len(before)-taken {
				t.Errorf("%d of %d documents lie inside, %d are left", taken, len(before), len(after))
			}
		})
	}
}

func TestListsAndContentGoWithTheirContainer(t *testing.T) {
	run := testAccountOf().RunID(0, 0, 1)
	inProject := []string{
		testRuns, testHistory + "/experiments", testHistory + "/runmetrics", testRuns + "/" + run + "/artifacts",
		"/artifact/v1.0" + testProject + "/assets", "/artifact/v1.0" + testProject + "/artifacts/origins/ExperimentRun/containers/" + run,
		"/notification/v1.0" + testProject + "/users/" + testSubject + "/jobs",
	}

	inWorkspace := append([]string{testWorkspace + "/projects" + armVersion}, inProject...)
	tests := map[string][]string{
		testProject + armVersion:   inProject,
		testWorkspace + armVersion: inWorkspace,
		testEA + armVersion:        append([]string{testEA + "/workspaces" + armVersion}, inWorkspace...),
		testHosting + mmVersion:    {testModels + mmVersion, testAccountMM + "/manifests" + mmVersion, testAccountMM + "/services" + mmVersion, testAccountMM + "/images" + mmVersion},
	}
	for path, inside := range tests {
		t.Run(path, func(t *testing.T) {
			f := startFake(t, Options{})
			link := f.contentLink(t, 0)
			f.page(t, inside[0])
			f.gone(t, path)

			for _, list := range inside {
				if g := f.get(t, list); g.status != http.StatusNotFound {
					t.Errorf("%s: status %d", list, g.status)
				}
			}

			want := http.StatusNotFound
			if path == testHosting+mmVersion {
				want = http.StatusOK
			}
			if g := f.bare(t, link); g.status != want {
				t.Errorf("an artifact's bytes: status %d", g.status)
			}
		})
	}
}

func TestAWalkNeitherMissesNorRepeatsWhenItemsGoMeanwhile(t *testing.T) {
	f := startFake(t, Options{Account: looseAccount(), PageSize: 3})
	model := func(i int) string { return f.account.ModelID(i) }
	f.gone(t, hosted("model", 6), hosted("model", 39))
	seen := make(map[string]int)
	pages := 0
	for link := testModels + mmVersion; link != ""; pages++ {
		p := f.page(t, link)
		if len(p.Value) == 0 {
			t.Error("an empty page")
		}

		for _, raw := range p.Value {
			seen[id(t, raw)]++
		}

		if pages == 3 { // items 10, 11 and 12 came, 13 to 15 come next
			f.gone(t, hosted("model", 10), hosted("model", 13), hosted("model", 38))
		}

		link = p.NextLink
	}

	for i := range 40 {
		want := 1
		if slices.Contains([]int{6, 13, 38, 39}, i) {
			want = 0
		}
		if seen[model(i)] != want {
			t.Errorf("model %d came %d times, want %d", i, seen[model(i)], want)
		}
	}

	if pages != 12 { // 36 items
		t.Errorf("%d pages", pages)
	}
}

func TestTheFaultsOfListsKnowWhatIsGone(t *testing.T) {
	f := startFake(t, Options{Account: looseAccount(), PageSize: 3})
	f.gone(t, hosted("model", 8), hosted("model", 39))
	f.SetFaults(Fault{Endpoint: "E02", BareArray: true})

	if items := decode[[]any](t, f.get(t, testModels+mmVersion), http.StatusOK); len(items) != 38 {
		t.Errorf("a bare array of %d items", len(items))
	}

	f.SetFaults()
	second := f.page(t, testModels+mmVersion).NextLink
	third := f.page(t, second).NextLink // begins with item 6; item 8 is gone, so 9 ends it
	fourth := f.page(t, third).NextLink
	f.gone(t, hosted("model", 9))
	f.SetFaults(Fault{Endpoint: "E02", Repeat: true})

	if first := id(t, f.page(t, fourth).Value[0]); first != f.account.ModelID(7) {
		t.Errorf("the item before is %s", first)
	}

	f.gone(t, hosted("model", 7), hosted("model", 6), hosted("model", 5))

	for service := range f.account.Services {
		f.gone(t, hosted("service", service))
	}

	for _, kind := range []string{"image", "manifest"} {
		for item := range 3 {
			f.gone(t, hosted(kind, item))
		}
	}

	for model := range 3 {
		f.gone(t, hosted("model", model))
	}

	if items := f.page(t, second).Value; len(items) != 3 || id(t, items[0]) != f.account.ModelID(3) {
		t.Errorf("with no item before: %s", items)
	}
}

func TestADeleteOfWhatIsNotThere(t *testing.T) {
	tests := []struct {
		name, path string
		missing    int
		fault      Fault
		status     int
		body       string
	}{
		{"is not found", hosted("model", 99), 0, Fault{}, 404, `"statusCode":404`},
		{"has no content where the description says so", hosted("model", 99), 204, Fault{}, 204, ""},
		{"in an ARM provider", testEA + "/workspaces/none" + armVersion, 0, Fault{}, 404, `{ "code": "ResourceNotFound"`},
		{"in a container that isn't there", testEA + "/workspaces/none/projects/project-00" + armVersion, 204, Fault{}, 204, ""},
		{"because a fault says so", hosted("service", 0), 0, Fault{Vanish: true}, 404, "NotFound"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := startFake(t, Options{Deletion: Deletion{Missing: test.missing}, Faults: []Fault{test.fault}})
			if g := f.delete(t, test.path); g.status != test.status || !strings.Contains(string(g.body), test.body) {
				t.Errorf("status %d, body %s", g.status, g.body)
			}
		})
	}

	t.Run("of what went with its container", func(t *testing.T) {
		f := startFake(t, Options{})
		f.gone(t, testWorkspace+armVersion)
		if g := f.delete(t, testProject+armVersion); g.status != http.StatusNotFound {
			t.Errorf("status %d", g.status)
		}
	})
}

func TestADeleteNeedsWhatAGetNeeds(t *testing.T) {
	f := startFake(t, Options{})
	tests := []struct {
		name, path string
		header     []string
		status     int
	}{
		{"a token", hosted("service", 0), []string{"", ""}, 401},
		{"the right token", testProject + armVersion, []string{"Authorization", "Bearer other"}, 401},
		{"a version", testProject, nil, 400},
		{"its own version", testHosting + armVersion, nil, 400},
		{"a row", testRuns + "/" + f.account.RunID(0, 0, 0), nil, 405},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if g := f.delete(t, test.path, test.header...); g.status != test.status {
				t.Errorf("status %d, body %s", g.status, g.body)
			}
		})
	}

	for _, path := range []string{hosted("service", 0), testProject + armVersion, testHosting + mmVersion} {
		if g := f.get(t, path); g.status != http.StatusOK {
			t.Errorf("%s: status %d", path, g.status)
		}
	}
}

func TestADeletionCanBeAnsweredWithoutContent(t *testing.T) {
	f := startFake(t, Options{Deletion: Deletion{Status: http.StatusNoContent}})
	if g := f.delete(t, testProject+armVersion); g.status != http.StatusNoContent {
		t.Errorf("status %d", g.status)
	}
	if g := f.get(t, testProject+armVersion); g.status != http.StatusNotFound {
		t.Errorf("status %d", g.status)
	}
}

func TestOfManyDeletesOneFindsTheThing(t *testing.T) {
	f := startFake(t, Options{})
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			response, err := f.request(t.Context(), t, http.MethodDelete, testProject+armVersion)
			if err != nil {
				t.Error(err)
				return
			}
			response.Body.Close()
		})
	}

	group.Wait()
	counts := make(map[int]int)
	for _, s := range f.Served() {
		counts[s.Status] += s.Count
	}

	if !maps.Equal(counts, map[int]int{200: 1, 404: 19}) {
		t.Errorf("answers %v", counts)
	}
}

func TestEachAnswerNamesItsRequest(t *testing.T) {
	f := startFake(t, Options{})
	seen := make(map[string]bool)
	for _, path := range []string{testRuns, testRuns, testProject + armVersion, testModels, "/nothing"} {
		seen[f.get(t, path).header.Get("x-ms-request-id")] = true
		seen[f.delete(t, path).header.Get("x-ms-request-id")] = true
	}
	if len(seen) != 10 || seen[""] {
		t.Errorf("ids %v", seen)
	}
}

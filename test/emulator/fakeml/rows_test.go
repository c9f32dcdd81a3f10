package fakeml

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

const (
	computeAPI = "?api-version=2018-03-01-preview"
	clusterAPI = "?api-version=2017-06-01-preview"
)

func testAccountOf() *Account {
	account := testAccount()
	return &account
}

// members decodes an object and reports those that are missing.
func members(t *testing.T, raw []byte, names ...string) {
	t.Helper()
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	for _, name := range names {
		if _, ok := object[name]; !ok {
			t.Errorf("no %s in %s", name, raw)
		}
	}
}

func TestEachRowAnswersInItsShape(t *testing.T) {
	account := testAccount()
	run := account.RunID(0, 0, 1)
	tests := []struct {
		name, endpoint, path string
		list                 bool
		members              []string
	}{
		{"the hosting account", "E01", testGroup + "/providers/Microsoft.MachineLearningModelManagement/accounts/mm-1" + mmVersion, false, []string{"id", "name", "properties"}},
		{"the models", "E02", testModels + mmVersion, true, []string{"id", "name", "version"}},
		{"a model", "E03", testModels + "/" + account.ModelID(0) + mmVersion, false, []string{"id", "createdTime"}},
		{"the manifests", "E04", testAccountMM + "/manifests" + mmVersion, true, []string{"id", "name", "version", "assets", "targetRuntime"}},
		{"a manifest", "E05", testAccountMM + "/manifests/" + account.nameOf("manifest", place{item: 2}) + mmVersion, false, []string{"id", "driverProgram"}},
		{"the services", "E06", testAccountMM + "/services" + mmVersion, true, []string{"name", "image", "manifest", "models"}},
		{"a service", "E07", testAccountMM + "/services/" + account.nameOf("service", place{}) + mmVersion, false, []string{"name", "scoringUri", "keys"}},
		{"the images", "E08", testAccountMM + "/images" + mmVersion, true, []string{"id", "imageBuildLogUri"}},
		{"an image", "E09", testAccountMM + "/images/" + account.nameOf("image", place{item: 1}) + mmVersion, false, []string{"id", "imageLocation", "manifest"}},
		{"the computes", "E10", testComputes + computeAPI, true, []string{"id", "name", "properties"}},
		{"a compute", "E11", testComputes + "/" + account.nameOf("compute", place{ml: 1, item: 3}) + computeAPI, false, []string{"id", "name", "type", "location", "properties"}},
		{"the clusters", "E12", testClusters + clusterAPI, true, []string{"id", "name", "properties"}},
		{"a cluster", "E13", testClusters + "/" + account.nameOf("cluster", place{item: 1}) + clusterAPI, false, []string{"id", "name", "type", "location", "properties"}},
		{"the experiments", "E15", testHistory + "/experiments", true, []string{"experimentId", "name", "createdUtc"}},
		{"the metrics of all runs", "E17", testHistory + "/runmetrics", true, []string{"runId", "metricId", "cells", "schema"}},
		{"an experiment", "E18", testHistory + "/experiments/" + account.experimentID(place{item: 2}), false, []string{"experimentId", "latestCreatedRunId"}},
		{"the assets", "E21", "/artifact/v1.0" + testProject + "/assets", true, []string{"id", "name", "artifacts"}},
		{"an asset", "E25", "/artifact/v1.0" + testProject + "/assets/name/" + url.PathEscape(account.nameOf("asset", place{item: 1})), false, []string{"id", "name", "kvTags"}},
		{"the subject's notifications", "E26", "/notification/v1.0" + testProject + "/users/" + testSubject + "/jobs", true, []string{"userObjectId", "status"}},
		{"the runs", "E14", testRuns, true, []string{"runId", "createdBy"}},
		{"a run", "E16", testRuns + "/" + run, false, []string{"runId", "createdBy", "properties", "tags"}},
		{"a run's artifacts in the history", "E19", testRuns + "/" + run + "/artifacts", true, []string{"artifactId", "path", "origin", "container"}},
		{"a run's artifacts", "E22", "/artifact/v1.0" + testProject + "/artifacts/origins/ExperimentRun/containers/" + run, true, []string{"artifactId", "path"}},
		{"an artifact's link", "E23", "/artifact/v1.0" + testProject + "/artifacts/contentinfo/ExperimentRun/" + run + "/" + account.ArtifactPath(0), false, []string{"contentUri", "path", "origin", "container"}},
		{"the experimentation account", "E27", testEA + armVersion, false, []string{"id", "name", "type", "location", "properties"}},
		{"a workspace", "E28", testEA + "/workspaces/workspace-01" + armVersion, false, []string{"id", "name", "properties"}},
		{"a project", "E29", testProject + armVersion, false, []string{"id", "name", "properties"}},
		{"the workspaces", "WS", testEA + "/workspaces" + armVersion, true, []string{"id", "name"}},
		{"the projects", "PR", testEA + "/workspaces/workspace-01/projects" + armVersion, true, []string{"id", "name"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := startFake(t, Options{})
			g := f.get(t, test.path)
			raw := json.RawMessage(g.body)
			if test.list {
				raw = decode[page](t, g, http.StatusOK).Value[0]
			}

			members(t, raw, test.members...)
			want := Served{
				Endpoint: test.endpoint,
				Method:   http.MethodGet,
				URL:      test.path,
				Status:   http.StatusOK,
				Count:    1,
			}
			if served := f.Served(); len(served) != 1 || served[0] != want {
				t.Errorf("served %+v, want %+v", served, want)
			}
		})
	}
}

func TestErrorsHaveTheShapeOfTheirPlane(t *testing.T) {
	tests := []struct {
		name, path, code string
		status           int
	}{
		{"ARM nests", testGroup + "/providers/Microsoft.MachineLearningModelManagement/accounts/none" + mmVersion, "error/code", 404},
		{"the Experimentation provider is flat", testEA + "/workspaces/workspace-77" + armVersion, "code", 404},
		{"the experiments plane wraps", testRuns + "/run-000000-00000000", "error/innerError/code", 404},
		{"model management is flat with a status", testModels + "/none" + mmVersion, "statusCode", 404},
		{"a row that isn't served is not found", testGroup + "/providers/Microsoft.Unknown/x" + mmVersion, "error/code", 404},
		{"a machine learning workspace that isn't there is not found", strings.Replace(testComputes, "ml-01", "ml-07", 1) + computeAPI, "error/code", 404},
		{"a compute of another workspace is not found", testComputes + "/" + testAccountOf().nameOf("compute", place{}) + computeAPI, "error/code", 404},
		{"the computes want a version of their own", testComputes + clusterAPI, "error/code", 400},
		{"the clusters want a version of their own", testClusters + computeAPI, "error/code", 400},
		{"an experiment of another project is not found", testHistory + "/experiments/" + testAccountOf().experimentID(place{project: 1}), "error/innerError/code", 404},
		{"a user who is not the subject has no notifications", "/notification/v1.0" + testProject + "/users/somebody/jobs", "error/innerError/code", 404},
		{"an artifact that isn't named has no link", testRuns + "/" + testAccountOf().RunID(0, 0, 1) + "/artifacturi", "error/innerError/code", 404},
		{"ARM misses the version", testEA, "error/code", 400},
		{"ARM refuses another version", testEA + mmVersion, "error/code", 400},
		{"model management refuses another version", testModels + armVersion, "statusCode", 400},
		{"the experiments plane refuses a version", testRuns + armVersion, "error/code", 400},
		{"case matters on the experiments plane", strings.Replace(testRuns, "/runs", "/Runs", 1), "correlation", 404},
		{"case matters in model management", strings.Replace(testModels, "resourceGroups", "resourcegroups", 1) + mmVersion, "details", 404},
		{"an origin that isn't there is not found", "/artifact/v1.0" + testProject + "/artifacts/origins/Other/containers/run-1", "error/code", 404},
		{"an empty segment is not found", testRuns + "/", "error/code", 404},
	}

	f := startFake(t, Options{})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			value := decode[any](t, f.get(t, test.path), test.status)
			for step := range strings.SplitSeq(test.code, "/") {
				object, _ := value.(map[string]any)
				if value = object[step]; value == nil {
					t.Fatalf("no %s in the answer", test.code)
				}
			}
		})
	}
}

func TestAnArtifactsLinkIsABareStringThatLeadsToItsBytes(t *testing.T) {
	f := startFake(t, Options{})
	path := testRuns + "/" + f.account.RunID(0, 0, 1) + "/artifacturi?name=" + url.QueryEscape(f.account.ArtifactPath(2))
	link := decode[string](t, f.get(t, path), http.StatusOK)
	want, err := io.ReadAll(newContent(&f.account, place{run: 1, artifact: 2}))
	if err != nil {
		t.Fatal(err)
	}
	if g := f.bare(t, link); g.status != http.StatusOK || !bytes.Equal(g.body, want) {
		t.Errorf("status %d, %d bytes, want %d", g.status, len(g.body), len(want))
	}
}

func TestEachListIsPagedInTheWayOfItsPlane(t *testing.T) {
	f := startFake(t, Options{PageSize: 2})
	for name, tt := range map[string]struct {
		path  string
		total int
		token bool
	}{
		"manifests":     {testAccountMM + "/manifests" + mmVersion, 3, false},
		"services":      {testAccountMM + "/services" + mmVersion, 4, false},
		"images":        {testAccountMM + "/images" + mmVersion, 3, false},
		"computes":      {testComputes + computeAPI, 4, false},
		"experiments":   {testHistory + "/experiments", 3, true},
		"metrics":       {testHistory + "/runmetrics", 9, true},
		"notifications": {"/notification/v1.0" + testProject + "/users/" + testSubject + "/jobs", 3, true},
	} {
		t.Run(name, func(t *testing.T) {
			seen := map[string]bool{}
			for next := tt.path; next != ""; {
				p := f.page(t, next)
				for _, item := range p.Value {
					seen[string(item)] = true
				}
				if (p.ContinuationToken != "") != (tt.token && p.NextLink != "") {
					t.Errorf("token %q beside the link %q", p.ContinuationToken, p.NextLink)
				}
				next = p.NextLink
			}

			if len(seen) != tt.total {
				t.Errorf("%d items, want %d", len(seen), tt.total)
			}
		})
	}
}

func TestARMIgnoresCase(t *testing.T) {
	f := startFake(t, Options{})
	want := f.get(t, testProject+armVersion)
	lower := f.get(t, strings.ToLower(testProject)+armVersion)
	if lower.status != http.StatusOK || string(lower.body) != string(want.body) {
		t.Errorf("status %d, body %s", lower.status, lower.body)
	}
}

func TestOtherMethodsAreRefused(t *testing.T) {
	f := startFake(t, Options{})
	response, err := f.request(t.Context(), t, http.MethodPost, testRuns)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("status %d", response.StatusCode)
	}
}

func TestATokenIsNeeded(t *testing.T) {
	tests := []struct {
		name, header string
		status       int
	}{
		{"the token is let in", "Bearer " + testToken, 200},
		{"another token is refused", "Bearer other", 401},
		{"another scheme is refused", "Basic " + testToken, 401},
		{"no token is refused", "", 401},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := startFake(t, Options{})
			for _, path := range []string{testRuns, testEA + armVersion, testModels + mmVersion} {
				g := f.get(t, path, "Authorization", test.header)
				if g.status != test.status || (g.status == 401) != (g.header.Get("WWW-Authenticate") != "") {
					t.Errorf("%s: status %d, header %v", path, g.status, g.header)
				}
			}
		})
	}
}

func TestWithoutASetTokenAnyIsLetInButNotNone(t *testing.T) {
	s := New(Options{Account: testAccount()})
	for header, want := range map[string]int{"Bearer any": 200, "Bearer ": 401, "": 401} {
		r := httptest.NewRequest(http.MethodGet, testRuns, nil)
		r.Header.Set("Authorization", header)
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%q: status %d, want %d", header, w.Code, want)
		}
	}
}

func TestAMillionRunsAnswerAtOnceAtTheEnd(t *testing.T) {
	account := testAccount()
	account.Runs = 1_000_000
	f := startFake(t, Options{Account: account})
	last := account.RunID(0, 0, 999_999)
	if g := f.get(t, testRuns+"/"+last); g.status != http.StatusOK {
		t.Fatalf("status %d", g.status)
	}

	first := f.page(t, testRuns)
	end, err := parseCursor(first.ContinuationToken)
	if err != nil {
		t.Fatal(err)
	}

	end.offset = 999_950
	p := f.page(t, testRuns+"?continuationToken="+queryEscape(end.encode()))
	if len(p.Value) != 50 || p.NextLink != "" || id(t, p.Value[49]) != last {
		t.Errorf("%d items, link %q", len(p.Value), p.NextLink)
	}
}

func TestNoNameLeadsToAnotherItem(t *testing.T) {
	account := testAccount()
	run := account.RunID(0, 0, 1)
	tests := map[string]map[string]string{
		"a run of another project": {"workspace": "workspace-00", "project": "project-01", "run": run},
		"a run beyond the last":    {"workspace": "workspace-00", "project": "project-00", "run": account.RunID(0, 0, 7)},
		"a run without its mark":   {"workspace": "workspace-00", "project": "project-00", "run": "run-000001"},
		"a number that is signed":  {"workspace": "workspace--1"},
		"a number without zeros":   {"workspace": "workspace-1"},
		"a model in another case":  {"model": strings.ToUpper(account.ModelID(0))},
		"an artifact beyond":       {"artifact": account.ArtifactPath(5)},
		"another subscription":     {"subscription": "sub-2"},
		"a name nobody knows":      {"planet": "earth"},
	}
	for name, vars := range tests {
		t.Run(name, func(t *testing.T) {
			if at, ok := account.locate(vars); ok {
				t.Errorf("found %+v", at)
			}
		})
	}
}

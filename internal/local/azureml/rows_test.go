package azureml

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

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
			want := Served{Endpoint: test.endpoint, Method: http.MethodGet, URL: test.path, Status: http.StatusOK, Count: 1}
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

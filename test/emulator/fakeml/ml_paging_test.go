package fakeml

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

const (
	experimentsBody = `{"viewType":"All","top":100,"continuationToken":%s}`
	runsBody        = `{"top":50,"continuationToken":%s}`
	metricsBody     = `{"continuationToken":%s}`
)

func valuesOf(t *testing.T, items []json.RawMessage, name string) []string {
	t.Helper()
	found := make([]string, len(items))
	for i, item := range items {
		found[i] = textAt(t, item, name)
	}
	return found
}

func textAt(t *testing.T, raw []byte, name string) string {
	t.Helper()
	value, _ := member(t, raw, name).(string)
	return value
}

func TestARMPagesHaveAnOpaqueSkipInTheirLink(t *testing.T) {
	f := startML(t, Options{PageSize: 4})
	p := f.page(t, testML+"/jobs"+mlAPI+"&listViewType=All")
	if len(p.Value) != 4 || p.ContinuationToken != "" {
		t.Errorf("%d items, token %q", len(p.Value), p.ContinuationToken)
	}

	for _, part := range []string{"$skip=", "api-version=2026-09-01", "listViewType=All"} {
		if !strings.Contains(p.NextLink, part) {
			t.Errorf("no %s in %s", part, p.NextLink)
		}
	}

	names := valuesOf(t, f.walkGET(t, testML+"/jobs"+mlAPI+"&listViewType=All"), "name")
	if len(names) != 18 || distinct(names) != 18 {
		t.Errorf("jobs %v", names)
	}
}

func TestADataPlaneListByGETRepeatsWithItsToken(t *testing.T) {
	f := startML(t, Options{PageSize: 2})
	for path, param := range map[string]string{
		f.mlRunPath(0, 0) + "/children?$top=100":                                         "$continuationtoken",
		f.mlExperimentPath(0) + "/runs/" + f.account.MLRunID(0, 0, 1) + "/artifacts?x=1": "continuationToken",
		testAF + "/artifacts/ExperimentRun/dcid." + f.account.MLRunID(0, 0, 1) + "?x=1":  "continuationToken",
		testDC + "/datacontainer?x=1":                                                    "continuationToken",
		testDC + "/dataversion/" + f.account.nameOf("mlData", place{}) + "/versions?x=1": "continuationToken",
		testMR + "/models?listViewType=All":                                              "$skipToken",
		testMR + "/assets?x=1":                                                           "$skipToken",
	} {
		first := f.page(t, path)
		if len(first.Value) != 2 || first.ContinuationToken == "" || first.NextLink == "" {
			t.Fatalf("%s: first page %+v", path, first)
		}

		second := f.page(t, path+"&"+param+"="+queryEscape(first.ContinuationToken))
		if len(second.Value) == 0 || string(second.Value[0]) == string(first.Value[0]) {
			t.Errorf("%s: second page %+v", path, second)
		}
		if byLink := f.page(t, first.NextLink); string(byLink.Value[0]) != string(second.Value[0]) {
			t.Errorf("%s: the link leads elsewhere", path)
		}
	}
}

func TestTheLastPageOfADataPlaneListHasNulls(t *testing.T) {
	f := startML(t, Options{})
	if g := f.get(t, testMR+"/assets"); !strings.HasSuffix(string(g.body), `,"continuationToken":null,"nextLink":null}`) {
		t.Errorf("body %s", g.body)
	}
}

func TestAListByPOSTHasItsTokenInTheBody(t *testing.T) {
	f := startML(t, Options{PageSize: 2})
	run := "/runs/" + f.account.MLRunID(0, 0, 1)
	account := f.account
	tests := map[string]struct {
		path, body, key string
		total           int
	}{
		"metrics": {testMT + run + "/list", metricsBody, "metricKey/name", 3},
		"values":  {testMT + run + "/full", `{"metricName":"accuracy","metricNamespace":"validation","continuationToken":%s}`, "metricId", 5},
		"runs":    {f.mlExperimentPath(1) + "/runs:query", runsBody, "runId", 9},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			first := decode[page](t, f.post(t, test.path, strings.Replace(test.body, "%s", "null", 1)), http.StatusOK)
			if len(first.Value) != 2 || first.ContinuationToken == "" || first.NextLink == "" {
				t.Fatalf("first page %+v", first)
			}

			if g := f.post(t, first.NextLink, "{}"); g.status != http.StatusNotFound {
				t.Errorf("the link of a POST: status %d", g.status)
			}
			if g := f.get(t, first.NextLink); g.status != http.StatusNotFound {
				t.Errorf("the link of a POST, by GET: status %d", g.status)
			}

			inQuery := test.path + "?continuationToken=" + queryEscape(first.ContinuationToken)
			if g := f.post(t, inQuery, strings.Replace(test.body, "%s", "null", 1)); g.status != http.StatusBadRequest {
				t.Errorf("a token in the query: status %d", g.status)
			}

			found := valuesOf(t, f.walkPOST(t, test.path, test.body), test.key)
			if len(found) != test.total {
				t.Errorf("%d items, want %d", len(found), test.total)
			}
		})
	}

	got := valuesOf(t, f.walkPOST(t, f.mlExperimentPath(1)+"/runs:query", runsBody), "runId")
	for run := range 9 {
		if got[run] != account.MLRunID(0, 1, run) {
			t.Errorf("run %d is %s", run, got[run])
		}
	}
}

func TestTheTopOfABodyIsTheMostOnAPage(t *testing.T) {
	f := startML(t, Options{})
	p := decode[page](t, f.post(t, f.mlExperimentPath(0)+"/runs:query", `{"top":4}`), http.StatusOK)
	if len(p.Value) != 4 || p.ContinuationToken == "" {
		t.Errorf("%d runs, token %q", len(p.Value), p.ContinuationToken)
	}
	if p := f.page(t, f.mlRunPath(0, 0)+"/children?$top=2"); len(p.Value) != 2 {
		t.Errorf("%d children", len(p.Value))
	}
}

func TestAPOSTThatIsBuiltWronglyIsRefused(t *testing.T) {
	f := startML(t, Options{})
	path := testRH + "/experiments:query"
	for name, test := range map[string]struct {
		path, body string
		header     []string
		status     int
	}{
		"no object":          {path, "[", nil, 400},
		"a version":          {path + mlAPI, "{}", nil, 400},
		"another type":       {path, "{}", []string{"Authorization", "Bearer " + testToken, "Content-Type", "text/plain"}, 415},
		"an escaped colon":   {strings.Replace(path, ":query", "%3Aquery", 1), "{}", nil, 404},
		"a foreign cursor":   {path, `{"continuationToken":"x"}`, nil, 400},
		"a run that is none": {testRH + "/rundata", `{"runId":"run"}`, nil, 404},
		"a metric of none":   {testMT + "/runs/" + f.account.MLRunID(0, 0, 0) + "/full", `{"metricName":"accuracy"}`, nil, 404},
		"without a token":    {path, "{}", []string{"Authorization", ""}, 401},
		"a GET's path":       {f.mlRunPath(0, 0), "{}", nil, 405},
	} {
		t.Run(name, func(t *testing.T) {
			if g := f.post(t, test.path, test.body, test.header...); g.status != test.status {
				t.Errorf("status %d, body %s", g.status, g.body)
			}
		})
	}
}

func TestEachPOSTIsLoggedWithItsBody(t *testing.T) {
	f := startML(t, Options{})
	path := f.mlExperimentPath(0) + "/runs:query"
	for _, body := range []string{`{"top":4}`, `{"top":5}`, `{"top":4}`} {
		f.post(t, path, body)
	}
	want := []Served{{"W52", "POST", path, 200, 2, `{"top":4}`}, {"W52", "POST", path, 200, 1, `{"top":5}`}}
	if served := f.Served(); !slices.Equal(served, want) {
		t.Errorf("served %+v", served)
	}
}

func TestTwoMetricsShareAName(t *testing.T) {
	f := startML(t, Options{})
	run := testMT + "/runs/" + f.account.MLRunID(0, 0, 2)
	var values []string
	for _, item := range f.walkPOST(t, run+"/list", metricsBody)[:2] {
		if name := textAt(t, item, "metricKey/name"); name != "accuracy" {
			t.Errorf("name %s", name)
		}

		namespace := textAt(t, item, "metricKey/namespace")
		g := f.post(t, run+"/full", `{"metricName":"accuracy","metricNamespace":`+text(namespace)+`}`)
		if textAt(t, g.body, "namespace") != namespace || textAt(t, g.body, "dataContainerId") != "dcid."+f.account.MLRunID(0, 0, 2) {
			t.Errorf("body %s", g.body)
		}

		values = append(values, string(g.body))
	}

	if values[0] == values[1] {
		t.Error("both namespaces have the same values")
	}
}

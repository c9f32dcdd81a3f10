package fakeml

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestDiscoveryIsWithoutAToken(t *testing.T) {
	f := startML(t, Options{})
	discovery := textAt(t, f.get(t, testML+mlAPI).body, "properties/discoveryUrl")
	if discovery != f.url+"/discovery/ml-00" {
		t.Fatalf("discovery at %s", discovery)
	}

	if listed := f.page(t, testGroup+"/providers/Microsoft.MachineLearningServices/workspaces"+mlAPI).Value[0]; textAt(t, listed, "properties/discoveryUrl") != discovery {
		t.Errorf("listed as %s", listed)
	}

	g := f.bare(t, discovery)
	if g.status != http.StatusOK || textAt(t, g.body, "api") != f.url || textAt(t, g.body, "history") != f.url {
		t.Errorf("status %d, body %s", g.status, g.body)
	}
	if g := f.get(t, discovery); g.status != http.StatusBadRequest {
		t.Errorf("with a token: status %d", g.status)
	}
	if g := f.bare(t, "/discovery/ml-77"); g.status != http.StatusNotFound {
		t.Errorf("of none: status %d", g.status)
	}
	if ids := f.endpointsServed(); !slices.Equal(ids, []string{"W03", "W02", "DISC"}) {
		t.Errorf("served %v", ids)
	}
}

func TestComputesAreChosenByTheirVersion(t *testing.T) {
	f := startML(t, Options{})
	path := testML1 + "/computes"
	old := f.page(t, path+computeAPI).Value
	today := f.page(t, path+mlAPI).Value
	if len(old) != 4 || len(today) != 9 || textAt(t, old[0], "name") == textAt(t, today[0], "name") {
		t.Errorf("%d of the first generation, %d of the second", len(old), len(today))
	}
	if g := f.get(t, path+"/"+textAt(t, today[0], "name")+mlAPI); g.status != http.StatusOK {
		t.Errorf("status %d", g.status)
	}
	if g := f.get(t, path+clusterAPI); g.status != http.StatusBadRequest {
		t.Errorf("another version: status %d", g.status)
	}
	if ids := f.endpointsServed(); !slices.Equal(ids, []string{"E10", "W04", "W05"}) {
		t.Errorf("served %v", ids)
	}
}

func TestMLErrorsHaveTheShapeOfTheirPlane(t *testing.T) {
	f := startML(t, Options{})
	for path, test := range map[string]struct {
		status int
		code   string
	}{
		testML + "/jobs/none" + mlAPI:               {404, "error/code"},
		testML:                                      {400, "error/code"},
		testML + "/labelingJobs" + mlAPI:            {400, "error/code"},
		testRH + "/runs/none":                       {404, "error/innerError/code"},
		f.mlRunPath(0, 0) + mlAPI:                   {400, "error/innerError/code"},
		testRH + "/nothing":                         {404, "error/innerError/code"},
		testAF + "/nothing":                         {404, "error/innerError/code"},
		testMR + "/models/none":                     {404, "code"},
		testMR + "/nothing":                         {404, "code"},
		testMR + "/models?$skipToken=x":             {400, "code"},
		testDC + "/datacontainer?x=1&api-version=1": {400, "error/innerError/code"},
	} {
		g := f.get(t, path)
		if code, _ := member(t, g.body, test.code).(string); g.status != test.status || code == "" {
			t.Errorf("%s: status %d, body %s", path, g.status, g.body)
		}
		if history := strings.Contains(test.code, "inner"); (g.header.Get("x-ms-error-code") != "") != history {
			t.Errorf("%s: x-ms-error-code %q", path, g.header.Get("x-ms-error-code"))
		}
	}
}

func TestTheDataPlaneMayWantATokenOfItsOwn(t *testing.T) {
	const dataToken = "data-token"
	f := startML(t, Options{DataToken: dataToken})
	for path, own := range map[string]string{
		testML + mlAPI: testToken, testComputes + computeAPI: testToken, testRuns: testToken,
		f.mlRunPath(0, 0): dataToken, testMR + "/models": dataToken, testDC + "/datacontainer": dataToken,
	} {
		for _, token := range []string{testToken, dataToken} {
			want := http.StatusUnauthorized
			if token == own {
				want = http.StatusOK
			}
			if g := f.get(t, path, "Authorization", "Bearer "+token); g.status != want {
				t.Errorf("%s with %s: status %d", path, token, g.status)
			}
		}
	}
}

func TestAnMLArtifactsLinkLeadsToItsBytes(t *testing.T) {
	f := startML(t, Options{})
	base := testAF + "/artifacts/ExperimentRun/dcid." + f.account.MLRunID(0, 1, 2)
	var all strings.Builder
	for i, item := range f.walkGET(t, base) {
		path := textAt(t, item, "path")
		all.WriteString(path)
		link := textAt(t, f.get(t, base+"/contentinfo?path="+url.QueryEscape(path)).body, "contentUri")
		want, err := io.ReadAll(newContent(&f.account, place{item: 1, entry: 2, part: i}))
		if err != nil {
			t.Fatal(err)
		}

		if g := f.bare(t, link); g.status != http.StatusOK || !bytes.Equal(g.body, want) {
			t.Errorf("%s: status %d, %d bytes", link, g.status, len(g.body))
		}
		if g := f.get(t, link); g.status != http.StatusBadRequest {
			t.Errorf("with a token: status %d", g.status)
		}
	}

	for _, odd := range []string{" ", "#", "%", "模", "/", "+", "&"} {
		if !strings.Contains(all.String(), odd) {
			t.Errorf("no path has %q", odd)
		}
	}
}

func TestFaultsStrikeMLRowsToo(t *testing.T) {
	f := startML(t, Options{PageSize: 2, Faults: []Fault{
		{Endpoint: "W52", Times: 1, Status: 429, RetryAfter: "7"},
		{Endpoint: "W50", Method: "POST", Times: 1, Status: 503},
		{Endpoint: "W28", Times: 1, ForeignNextLink: "https://elsewhere.example/"},
		{Endpoint: "W56", ExpireCursor: true, Times: 1},
		{Endpoint: "DISC", Times: 1, Body: `{"api":"https://elsewhere.example"}`},
		{Endpoint: "W53", Vanish: true, Times: 1},
	}})
	if g := f.post(t, f.mlExperimentPath(0)+"/runs:query", "{}"); g.status != 429 || g.header.Get("Retry-After") != "7" || textAt(t, g.body, "error/code") != "RequestThrottled" {
		t.Errorf("status %d, body %s", g.status, g.body)
	}
	if g := f.post(t, testRH+"/experiments:query", "{}"); g.status != 503 {
		t.Errorf("status %d", g.status)
	}
	if p := f.page(t, testML+"/jobs"+mlAPI); p.NextLink != "https://elsewhere.example/" {
		t.Errorf("link %s", p.NextLink)
	}

	metrics := testMT + "/runs/" + f.account.MLRunID(0, 0, 0) + "/list"
	token := decode[page](t, f.post(t, metrics, "{}"), http.StatusOK).ContinuationToken
	if g := f.post(t, metrics, `{"continuationToken":`+text(token)+`}`); g.status != 400 || textAt(t, g.body, "error/code") != expiredCursor {
		t.Errorf("status %d, body %s", g.status, g.body)
	}
	if g := f.bare(t, "/discovery/ml-00"); textAt(t, g.body, "api") != "https://elsewhere.example" {
		t.Errorf("body %s", g.body)
	}
	if g := f.get(t, f.mlRunPath(0, 0)); g.status != http.StatusNotFound {
		t.Errorf("status %d", g.status)
	}
}

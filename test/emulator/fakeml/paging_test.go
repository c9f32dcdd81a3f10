package fakeml

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func queryEscape(s string) string { return url.QueryEscape(s) }

// walk follows a list to its end and counts each id.
func (f *fake) walk(t *testing.T, path string, next func(page) string) (ids []string, pages int) {
	t.Helper()
	for link := path; link != ""; pages++ {
		if pages > 100 {
			t.Fatal("the list has no end")
		}
		p := f.page(t, link)
		for _, raw := range p.Value {
			ids = append(ids, id(t, raw))
		}
		link = next(p)
	}
	return ids, pages
}

func byLink(p page) string { return p.NextLink }

func byToken(path string) func(page) string {
	return func(p page) string {
		if p.ContinuationToken == "" {
			return ""
		}
		return path + "?continuationToken=" + queryEscape(p.ContinuationToken)
	}
}

func distinct(ids []string) int {
	set := make(map[string]bool)
	for _, id := range ids {
		set[id] = true
	}
	return len(set)
}

func TestPagesCoverAllItemsExactlyOnce(t *testing.T) {
	account := testAccount()
	artifacts := testRuns + "/" + account.RunID(0, 0, 0) + "/artifacts"
	tests := []struct {
		name, path   string
		next         func(page) string
		items, pages int
	}{
		{"models by link", testModels + mmVersion, byLink, 40, 14},
		{"runs by link", testRuns, byLink, 7, 3},
		{"runs by token", testRuns, byToken(testRuns), 7, 3},
		{"artifacts by link", artifacts, byLink, 5, 2},
		{"workspaces in one page", testEA + "/workspaces" + armVersion, byLink, 2, 1},
		{"projects that just fill a page", testEA + "/workspaces/workspace-00/projects" + armVersion, byLink, 3, 1},
	}

	f := startFake(t, Options{PageSize: 3})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ids, pages := f.walk(t, test.path, test.next)
			if len(ids) != test.items || distinct(ids) != test.items || pages != test.pages {
				t.Errorf("%d items, %d distinct, %d pages", len(ids), distinct(ids), pages)
			}
		})
	}
}

func TestAListWithoutItemsIsOneEmptyPage(t *testing.T) {
	account := testAccount()
	account.Runs = 0
	f := startFake(t, Options{Account: account})
	if g := f.get(t, testRuns); string(g.body) != `{"value":[],"continuationToken":null,"nextLink":null}` {
		t.Errorf("body %s", g.body)
	}
}

func TestLinksAreAbsoluteAndKeepTheCall(t *testing.T) {
	f := startFake(t, Options{PageSize: 3})
	link := f.page(t, testModels+mmVersion).NextLink
	if !strings.HasPrefix(link, f.url+testModels+"?") || !strings.Contains(link, "api-version=2017-09-01-preview") || !strings.Contains(link, "$skipToken=") {
		t.Errorf("link %s", link)
	}

	f.SetBase("https://elsewhere.example")

	if link := f.page(t, testRuns).NextLink; !strings.HasPrefix(link, "https://elsewhere.example/history/") {
		t.Errorf("link %s", link)
	}

	f.base.Store(nil)

	if link := f.page(t, testRuns).NextLink; !strings.HasPrefix(link, f.url+"/history/") {
		t.Errorf("link %s", link)
	}
}

func TestACursorIsOfItsListAlone(t *testing.T) {
	f := startFake(t, Options{PageSize: 3})
	token := f.page(t, testRuns).ContinuationToken
	other := strings.Replace(testRuns, "project-00", "project-01", 1)
	beyond, err := parseCursor(token)
	if err != nil {
		t.Fatal(err)
	}

	beyond.offset = 8
	tests := map[string]string{
		"another project's": other + "?continuationToken=" + queryEscape(token),
		"no cursor":         testRuns + "?continuationToken=abc",
		"a longer one":      testRuns + "?continuationToken=" + queryEscape(token+"="),
		"beyond the end":    testRuns + "?continuationToken=" + queryEscape(beyond.encode()),
	}
	for name, path := range tests {
		t.Run(name, func(t *testing.T) {
			if g := f.get(t, path); g.status != http.StatusBadRequest || !strings.Contains(string(g.body), "InvalidContinuationToken") {
				t.Errorf("status %d, body %s", g.status, g.body)
			}
		})
	}
}

func TestAListStopsWhenTheClientGoes(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := New(Options{Account: testAccount()})
	c := s.newCall(httptest.NewRequest(http.MethodGet, testRuns, nil).WithContext(ctx))
	made := 0
	s.answerList(c, list{total: 50, item: func(int) []byte {
		if made++; made == 2 {
			cancel()
		}
		return []byte("1")
	}})

	if served := s.Served(); made != 2 || len(served) != 1 || served[0].Status != 0 {
		t.Errorf("%d items made, served %+v", made, served)
	}
}

func FuzzParseCursor(f *testing.F) {
	f.Add(cursor{list: 1, offset: 2}.encode())
	f.Add("MSEtMSE")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := parseCursor(s)
		if err == nil && (c.encode() != s || c.offset < 0) {
			t.Errorf("%q gives %+v", s, c)
		}
	})
}

func FuzzMatch(f *testing.F) {
	f.Add("/a/b/c%2Fd/e")
	f.Add("/a/b/%zz")
	f.Add("/a//")
	f.Add("/a/%2e%2E/..")
	f.Fuzz(func(t *testing.T, path string) {
		vars, ok := matchSegments(strings.Split("/a/{b}/{c...}", "/"), strings.Split(path, "/"), true)
		if ok && (vars["b"] == "" || strings.HasPrefix(vars["c"], "/") || strings.Contains(vars["c"], "//") || vars["c"] == "") {
			t.Errorf("%q gives %q", path, vars)
		}
	})
}

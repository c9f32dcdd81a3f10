package fakeml

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// planes are a list of each plane, and where its errors have their code.
var planes = []struct{ name, list, code string }{
	{"Resource Manager", testComputes + computeAPI, "error/code"},
	{"the Experimentation provider", testEA + "/workspaces" + armVersion, "code"},
	{"model management", testModels + mmVersion, "code"},
	{"experiments", testRuns, "error/code"},
}

func TestEachPlaneThrottlesAndFailsInItsOwnShape(t *testing.T) {
	const date = "Tue, 24 Nov 2026 10:01:30 GMT"
	for _, p := range planes {
		for _, fault := range []Fault{
			{Status: 429, RetryAfter: "17"}, {Status: 429, RetryAfter: date}, {Status: 429},
			{Status: 500}, {Status: 502}, {Status: 503, RetryAfter: "5"}, {Status: 504},
		} {
			t.Run(fmt.Sprint(p.name, " ", fault.Status, " ", fault.RetryAfter), func(t *testing.T) {
				f := startFake(t, Options{Faults: []Fault{fault}})
				g := f.get(t, p.list)
				value := decode[any](t, g, fault.Status)
				for step := range strings.SplitSeq(p.code, "/") {
					object, _ := value.(map[string]any)
					value = object[step]
				}

				if code, ok := value.(string); !ok || code == "" {
					t.Errorf("no %s in %s", p.code, g.body)
				}
				if got := g.header.Get("Retry-After"); got != fault.RetryAfter {
					t.Errorf("Retry-After %q, want %q", got, fault.RetryAfter)
				}
			})
		}
	}
}

func TestTheListsOfEachPlaneAreOdd(t *testing.T) {
	for _, p := range []struct {
		name, list string
		items      int
	}{{"Resource Manager", testComputes + computeAPI, 4}, {"model management", testModels + mmVersion, 40}, {"experiments", testHistory + "/experiments", 3}} {
		for _, c := range []struct {
			name            string
			fault           Fault
			repeated, empty int
		}{
			{"an empty page at the beginning", Fault{EmptyPage: true, Times: 1}, 0, 1},
			{"a page that begins with the last item of the one before", Fault{Repeat: true, Times: 1}, 1, 0},
			{"a relative link", Fault{RelativeNextLink: true, Times: 1}, 0, 0},
			{"a bare array of all", Fault{BareArray: true}, 0, 0},
			{"an expired cursor", Fault{ExpireCursor: true}, 0, 0},
		} {
			t.Run(p.name+": "+c.name, func(t *testing.T) {
				f := startFake(t, Options{PageSize: 2, Faults: []Fault{c.fault}})
				switch {
				case c.fault.BareArray:
					if all := decode[[]any](t, f.get(t, p.list), http.StatusOK); len(all) != p.items {
						t.Errorf("%d items, want %d", len(all), p.items)
					}
					return

				case c.fault.ExpireCursor:
					if g := f.get(t, f.page(t, p.list).NextLink); g.status != http.StatusBadRequest || !strings.Contains(string(g.body), "ExpiredContinuationToken") {
						t.Errorf("status %d, body %s", g.status, g.body)
					}
					return
				}

				items, pages, empty := map[string]bool{}, 0, 0
				all := 0
				for next := p.list; next != ""; pages++ {
					page := f.page(t, next)
					if len(page.Value) == 0 {
						empty++
					}

					for _, item := range page.Value {
						items[string(item)] = true
						all++
					}

					if relative := page.NextLink != "" && page.NextLink[0] == '/'; relative != (c.fault.RelativeNextLink && pages == 0) {
						t.Errorf("page %d links to %s", pages+1, page.NextLink)
					}

					next = page.NextLink
				}

				if len(items) != p.items || all-len(items) != c.repeated || empty != c.empty {
					t.Errorf("%d items of %d, %d repeated, %d empty pages", len(items), p.items, all-len(items), empty)
				}
			})
		}
	}
}

func TestASlowBodyComesInTwoHalves(t *testing.T) {
	f := startFake(t, Options{Account: sized(100_000)})
	link := f.contentLink(t, 0)
	whole, list := f.bare(t, link), f.get(t, testRuns)
	f.SetFaults(Fault{Slow: time.Millisecond})
	if g := f.bare(t, link); g.err != nil || string(g.body) != string(whole.body) {
		t.Errorf("content: %d bytes of %d, %v", len(g.body), len(whole.body), g.err)
	}
	if g := f.get(t, testRuns); g.err != nil || string(g.body) != string(list.body) {
		t.Errorf("a list: %d bytes of %d, %v", len(g.body), len(list.body), g.err)
	}
}

// halves notes when a body's bytes were flushed, and what came by then.
type halves struct {
	httptest.ResponseRecorder
	flushed time.Time
	first   int
}

func (h *halves) FlushError() error {
	h.flushed, h.first = time.Now(), h.Body.Len()
	return nil
}

func TestASlowBodyWaitsBetweenItsHalves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{Account: testAccount(), Faults: []Fault{{Slow: time.Minute}}})
		r := httptest.NewRequest(http.MethodGet, testRuns, nil)
		r.Header.Set("Authorization", "Bearer any")
		w := &halves{ResponseRecorder: *httptest.NewRecorder()}
		start := time.Now()
		s.ServeHTTP(w, r)

		if w.flushed != start || time.Since(start) != time.Minute {
			t.Errorf("the first half came after %v, the other after %v", w.flushed.Sub(start), time.Since(start))
		}
		if w.first == 0 || w.first >= w.Body.Len() {
			t.Errorf("the first half has %d of %d bytes", w.first, w.Body.Len())
		}
	})
}

func TestAPageHasAsManyItemsAsAreAskedFor(t *testing.T) {
	account := testAccount()
	account.Runs = 250

	for _, c := range []struct{ size, first, pages int }{{0, 100, 3}, {7, 7, 36}, {250, 250, 1}, {1000, 250, 1}} {
		t.Run(strconv.Itoa(c.size), func(t *testing.T) {
			f := startFake(t, Options{Account: account, PageSize: c.size})
			if n := len(f.page(t, testRuns).Value); n != c.first {
				t.Errorf("the first page has %d items, want %d", n, c.first)
			}
			if ids, pages := f.walk(t, testRuns, byLink); distinct(ids) != 250 || pages != c.pages {
				t.Errorf("%d runs in %d pages, want %d", distinct(ids), pages, c.pages)
			}
		})
	}
}

func TestAnyNumberOfRunsIsThereAndNoneIsStored(t *testing.T) {
	for _, runs := range []int{10, 1000, 100_000, 1_000_000} {
		t.Run(strconv.Itoa(runs), func(t *testing.T) {
			account := testAccount()
			account.Runs = runs
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			s := New(Options{Account: account})
			statuses := make([]int, 0, 2)
			for _, run := range []string{account.RunID(0, 0, runs-1), account.RunID(0, 0, runs)} {
				r := httptest.NewRequest(http.MethodGet, testRuns+"/"+run, nil)
				r.Header.Set("Authorization", "Bearer any")
				w := httptest.NewRecorder()
				s.ServeHTTP(w, r)
				statuses = append(statuses, w.Code)
			}

			runtime.ReadMemStats(&after)

			if got := fmt.Sprint(statuses); got != "[200 404]" {
				t.Errorf("the last run and the one after it: %s", got)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 { // a byte a run would be that
				t.Errorf("%d bytes were allocated for two answers", n)
			}
		})
	}
}

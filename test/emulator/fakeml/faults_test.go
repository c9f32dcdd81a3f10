package fakeml

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func statuses(t *testing.T, f *fake, path string, n int) (all []int) {
	t.Helper()
	for range n {
		all = append(all, f.get(t, path).status)
	}
	return all
}

func TestFaultsStrikeTheCallsTheyAreMeantFor(t *testing.T) {
	tests := []struct {
		name  string
		fault Fault
		want  string
	}{
		{"any call, without end", Fault{Status: 503}, "503 503 503 503"},
		{"another endpoint's fault", Fault{Endpoint: "E16", Status: 503}, "200 200 200 200"},
		{"after the first two", Fault{Endpoint: "E14", Skip: 2, Status: 503}, "200 200 503 503"},
		{"once", Fault{Endpoint: "E14", Times: 1, Status: 429}, "429 200 200 200"},
		{"the second alone", Fault{Skip: 1, Times: 1, Status: 500}, "200 500 200 200"},
		{"a path that fits", Fault{Match: "project-00/runs", Status: 400}, "400 400 400 400"},
		{"a path that doesn't", Fault{Match: "project-01", Status: 400}, "200 200 200 200"},
		{"an item's fault is not counted on a list", Fault{Vanish: true, Times: 1}, "200 200 200 200"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := startFake(t, Options{Faults: []Fault{test.fault}})
			if got := fmt.Sprint(statuses(t, f, testRuns, 4)); got != "["+test.want+"]" {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

func TestAFaultsMethodAndEndpointTellADeleteFromAGet(t *testing.T) {
	tests := []struct {
		name        string
		fault       Fault
		get, delete int
	}{
		{"a fault of the GET's row", Fault{Endpoint: "E07", Status: 503}, 503, 200},
		{"a fault of the DELETE's row", Fault{Endpoint: "D04", Status: 412}, 200, 412},
		{"a fault of any row", Fault{Status: 503}, 503, 503},
		{"a fault of any row's GET", Fault{Method: "GET", Status: 503}, 503, 200},
		{"a fault of any row's DELETE", Fault{Method: "DELETE", Status: 503}, 200, 503},
		{"a fault by path", Fault{Match: "/services/", Status: 503}, 503, 503},
		{"a fault of DELETEs alone, not counted on a GET", Fault{Deletion: Deletion{Status: 204}, Times: 1}, 200, 204},
		{"a fault of lists", Fault{EmptyPage: true, BareArray: true}, 200, 200},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := startFake(t, Options{Faults: []Fault{test.fault}})
			if g := f.get(t, hosted("service", 0)); g.status != test.get {
				t.Errorf("GET: status %d, want %d", g.status, test.get)
			}
			if g := f.delete(t, hosted("service", 0)); g.status != test.delete {
				t.Errorf("DELETE: status %d, want %d", g.status, test.delete)
			}

			f.SetFaults()
			want := http.StatusOK
			if test.delete < 300 {
				want = http.StatusNotFound
			}
			if g := f.get(t, hosted("service", 0)); g.status != want {
				t.Errorf("afterwards: status %d, want %d", g.status, want)
			}
		})
	}
}

func TestALostAnswerIsOfACallThatWasCarriedOut(t *testing.T) {
	for name, test := range map[string]struct {
		fault Fault
		after int
	}{
		"lost after the deletion": {Fault{Endpoint: "D06", Lose: true}, http.StatusNotFound},
		"reset before it":         {Fault{Endpoint: "D06", Reset: true}, http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			f := startFake(t, Options{Faults: []Fault{test.fault}})
			response, err := f.request(t.Context(), t, http.MethodDelete, testProject+armVersion)
			if err == nil {
				response.Body.Close()
				t.Errorf("answered with status %d", response.StatusCode)
			}

			if served := f.Served(); len(served) != 1 || served[0].Endpoint != "D06" || served[0].Status != 0 {
				t.Errorf("served %+v", served)
			}
			if g := f.get(t, testProject+armVersion); g.status != test.after {
				t.Errorf("status %d", g.status)
			}
		})
	}
}

func TestAListsAndAnArtifactsAnswerCanBeLostToo(t *testing.T) {
	f := startFake(t, Options{Account: sized(5000)})
	link := f.contentLink(t, 0)
	for _, fault := range []Fault{{Lose: true}, {Lose: true, Gzip: true}} {
		f.SetFaults(fault)
		for _, path := range []string{testRuns, link} {
			header := []string{"Authorization", "Bearer " + testToken}
			if path == link {
				header = []string{"", ""}
			}

			response, err := f.request(t.Context(), t, http.MethodGet, path, header...)
			if err == nil {
				response.Body.Close()
				t.Errorf("%s: status %d", path, response.StatusCode)
			}
		}
	}
}

func TestADeletionIsPutTogetherFieldByField(t *testing.T) {
	full := Deletion{
		Status:           204,
		Missing:          204,
		Takes:            1,
		AsyncOperation:   true,
		Location:         true,
		Relative:         true,
		RetryAfter:       "1",
		Fails:            true,
		LingerFor:        2,
		LingerReads:      3,
		ReturnAfter:      4,
		ReturnAfterReads: 5,
		RefuseNested:     true,
	}

	var sum Deletion
	sum.add(full)

	if sum != full {
		t.Errorf("of nothing and a full one %+v", sum)
	}

	sum = Deletion{Status: 200, RetryAfter: "9"}
	sum.add(full)
	want := full
	want.Status, want.RetryAfter = 200, "9"

	if sum != want {
		t.Errorf("the earlier doesn't win: %+v", sum)
	}

	f := startFake(t, Options{Deletion: Deletion{Missing: 204, Status: 204}, Faults: []Fault{
		{Endpoint: "D04", Deletion: Deletion{LingerReads: 1}}, {Deletion: Deletion{Status: 200, LingerReads: 9}},
	}})
	f.gone(t, hosted("service", 0))

	if got := statuses(t, f, hosted("service", 0), 2); fmt.Sprint(got) != "[200 404]" {
		t.Errorf("it lingers: %v", got)
	}
	if g := f.delete(t, hosted("service", 0)); g.status != 204 {
		t.Errorf("status %d", g.status)
	}
}

func TestADoneDeletionsBodyIsReplaced(t *testing.T) {
	f := startFake(t, Options{Faults: []Fault{{Endpoint: "D06", Body: `{"deleted":true}`}}})
	if g := f.delete(t, testProject+armVersion); g.status != http.StatusOK || string(g.body) != `{"deleted":true}` {
		t.Errorf("status %d, body %s", g.status, g.body)
	}
	if g := f.get(t, testProject+armVersion); g.status != http.StatusNotFound {
		t.Errorf("status %d", g.status)
	}
}

func TestARateStrikesItsShareTheSameEachTime(t *testing.T) {
	strike := func() string {
		s := newFaultSet(7)
		s.set([]Fault{{Rate: 0.25, Status: 500}})
		c := New(Options{Account: testAccount()}).newCall(httptest.NewRequest(http.MethodGet, testRuns, nil))
		var b strings.Builder
		for range 1000 {
			effect := s.pick(c)
			b.WriteString(http.StatusText(effect.Status) + ",")
		}

		return b.String()
	}

	once := strike()
	if n := strings.Count(once, "Error"); n < 200 || n > 300 {
		t.Errorf("%d of 1000", n)
	}
	if strike() != once {
		t.Error("the second time differs")
	}
}

func TestFaultsAddUpAndTheEarlierWins(t *testing.T) {
	f := startFake(t, Options{Faults: []Fault{
		{Status: 429, Header: map[string]string{"X-A": "first"}},
		{Status: 503, RetryAfter: "7", Header: map[string]string{"X-A": "second", "X-B": "b"}},
	}})
	g := f.get(t, testRuns)
	if g.status != 429 || g.header.Get("Retry-After") != "7" || g.header.Get("X-A") != "first" || g.header.Get("X-B") != "b" {
		t.Errorf("status %d, header %v", g.status, g.header)
	}
	f.SetFaults()
	if g := f.get(t, testRuns); g.status != http.StatusOK {
		t.Errorf("status %d after the faults were taken away", g.status)
	}
}

func TestAnswersAreReplaced(t *testing.T) {
	account := testAccount()
	run := testRuns + "/" + account.RunID(0, 0, 0)
	tests := []struct {
		name   string
		fault  Fault
		path   string
		status int
		body   string // a part
		header string // "Name: value"
	}{
		{"a body in place of a document", Fault{Body: "<html>"}, run, 200, "<html>", ""},
		{"a body with a status", Fault{Status: 502, Body: "<html>"}, run, 502, "<html>", ""},
		{"a removed header", Fault{Header: map[string]string{"Content-Type": ""}}, run, 200, "runId", "Content-Type: "},
		{"a redirect", Fault{Redirect: "https://elsewhere.example/x"}, run, 302, "", "Location: https://elsewhere.example/x"},
		{"a redirect with a status", Fault{Redirect: "/x", Status: 307}, run, 307, "", "Location: /x"},
		{"a vanished item", Fault{Vanish: true}, run, 404, "NotFound", ""},
		{"a throttled ARM provider", Fault{Status: 429, RetryAfter: "Wed, 21 Oct 2026 07:28:00 GMT"}, testProject + armVersion, 429, `{ "code": "TooManyRequests"`, "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := startFake(t, Options{Faults: []Fault{test.fault}})
			g := f.get(t, test.path)
			if g.status != test.status || !strings.Contains(string(g.body), test.body) {
				t.Errorf("status %d, body %s", g.status, g.body)
			}
			if name, value, ok := strings.Cut(test.header, ": "); ok && g.header.Get(name) != value {
				t.Errorf("%s is %q", name, g.header.Get(name))
			}
		})
	}
}

func TestALinkLeadsElsewhere(t *testing.T) {
	f := startFake(t, Options{Faults: []Fault{{ForeignContentURI: "https://evil.example/b"}, {ForeignNextLink: "https://evil.example/n"}}})
	if link := f.contentLink(t, 0); link != "https://evil.example/b" {
		t.Errorf("content link %s", link)
	}
	if link := f.page(t, testRuns).NextLink; link != "https://evil.example/n" {
		t.Errorf("next link %s", link)
	}
}

func TestListsAreOdd(t *testing.T) {
	tests := []struct {
		name            string
		fault           Fault
		next            func(page) string
		items, distinct int
		pages           int
	}{
		{"pages that repeat an item", Fault{Repeat: true}, byLink, 9, 7, 3},
		{"an empty page at the beginning", Fault{EmptyPage: true, Times: 1}, byLink, 7, 7, 4},
		{"two empty pages within", Fault{EmptyPage: true, Skip: 1, Times: 2}, byLink, 7, 7, 5},
		{"no link but a token", Fault{NoNextLink: true}, func(p page) string {
			if p.NextLink != "" {
				return "https://wrong.example"
			}
			return byToken(testRuns)(p)
		}, 7, 7, 3},
		{"relative links", Fault{RelativeNextLink: true}, func(p page) string {
			if strings.HasPrefix(p.NextLink, "http") {
				return "https://wrong.example"
			}
			return p.NextLink
		}, 7, 7, 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := startFake(t, Options{PageSize: 3, Faults: []Fault{test.fault}})
			ids, pages := f.walk(t, testRuns, test.next)
			if len(ids) != test.items || distinct(ids) != test.distinct || pages != test.pages {
				t.Errorf("%d items, %d distinct, %d pages", len(ids), distinct(ids), pages)
			}
		})
	}
}

func TestAListIsABareArrayOfEverything(t *testing.T) {
	f := startFake(t, Options{PageSize: 3, Faults: []Fault{{BareArray: true}}})
	if items := decode[[]any](t, f.get(t, testRuns), http.StatusOK); len(items) != 7 {
		t.Errorf("%d items", len(items))
	}
}

func TestACursorExpiresOnlyWhereThereIsOne(t *testing.T) {
	for _, want := range []int{http.StatusBadRequest, http.StatusGone} {
		fault := Fault{ExpireCursor: true, Times: 1}
		if want == http.StatusGone {
			fault.Status = want
		}

		f := startFake(t, Options{PageSize: 3, Faults: []Fault{fault}})
		link := f.page(t, testRuns).NextLink
		answer := decode[struct{ Error struct{ Code string } }](t, f.get(t, link), want)
		if answer.Error.Code != "ExpiredContinuationToken" {
			t.Errorf("code %s", answer.Error.Code)
		}
		if g := f.get(t, link); g.status != http.StatusOK {
			t.Errorf("status %d once the fault is spent", g.status)
		}
	}
}

func TestGzipHoldsTheSameBytes(t *testing.T) {
	f := startFake(t, Options{Account: sized(5000)})
	link := f.contentLink(t, 0)
	for _, path := range []string{testRuns, link} {
		header := []string{"Authorization", "Bearer " + testToken}
		if path == link {
			header = []string{"", ""}
		}

		f.SetFaults()
		plain := f.get(t, path, header...)
		f.SetFaults(Fault{Gzip: true})
		packed := f.get(t, path, header...)
		z, err := gzip.NewReader(bytes.NewReader(packed.body))
		if err != nil {
			t.Fatal(err)
		}

		if body, err := io.ReadAll(z); err != nil || !bytes.Equal(body, plain.body) || packed.header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s: %v, %d bytes, header %v", path, err, len(body), packed.header)
		}
		if path == link && packed.header.Get("ETag") != "W/"+plain.header.Get("ETag") {
			t.Errorf("ETag %s", packed.header.Get("ETag"))
		}
	}
}

func TestConnectionsEndEarly(t *testing.T) {
	f := startFake(t, Options{Account: sized(100_000)})
	link := f.contentLink(t, 0)
	f.SetFaults(Fault{Truncate: true, Times: 2})

	if g := f.get(t, testRuns); g.err == nil || len(g.body) == 0 {
		t.Errorf("a truncated list: %d bytes, error %v", len(g.body), g.err)
	}
	if g := f.bare(t, link); g.err == nil || len(g.body) > 50_000 {
		t.Errorf("truncated content: %d bytes, error %v", len(g.body), g.err)
	}

	f.SetFaults(Fault{Reset: true, Match: "project-00"})
	response, err := f.request(t.Context(), t, http.MethodGet, testRuns)
	if err == nil {
		response.Body.Close()
		t.Error("a reset connection answered")
	}

	served := f.Served()
	if last := served[len(served)-1]; last.Status != 0 || last.Endpoint != "E14" {
		t.Errorf("served %+v", last)
	}
}

func TestAStalledAnswerWaitsUntilTheClientGoes(t *testing.T) {
	f := startFake(t, Options{Account: sized(100_000)})
	link := f.contentLink(t, 0)
	f.SetFaults(Fault{Stall: true})
	ctx, cancel := context.WithCancel(t.Context())
	response, err := f.request(ctx, t, http.MethodGet, link, "", "")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()

	if n, err := io.ReadFull(response.Body, make([]byte, 50_000)); err != nil {
		t.Errorf("half the body: %d bytes, %v", n, err)
	}

	cancel() // the server's Close in the clean-up waits for its handler

	if _, err := io.ReadAll(response.Body); err == nil {
		t.Error("the other half came")
	}
}

func TestAnAnswerIsLateByLatencyAndDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{Account: testAccount(), Latency: time.Second, Faults: []Fault{{Delay: time.Minute}}})
		r := httptest.NewRequest(http.MethodGet, testRuns, nil)
		r.Header.Set("Authorization", "Bearer any")
		start, w := time.Now(), httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if took := time.Since(start); took != 61*time.Second || w.Code != http.StatusOK {
			t.Errorf("status %d after %v", w.Code, took)
		}
	})
}

func TestAClientThatGoesEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{Account: testAccount(), Latency: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()

		start := time.Now()
		s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, testRuns, nil).WithContext(ctx))

		if took := time.Since(start); took != time.Second {
			t.Errorf("the handler took %v", took)
		}
		if served := s.Served(); len(served) != 1 || served[0].Status != 0 {
			t.Errorf("served %+v", served)
		}
	})
}

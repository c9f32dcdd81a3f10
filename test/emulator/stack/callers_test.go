package stack

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// marking returns what passes a call on and leaves a mark on its answer.
func marking(mark string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("Mark", mark)
			next.ServeHTTP(w, r)
		})
	}
}

func TestEachHandlersCallsPassItsOwnWrapperAndThenThatOfAll(t *testing.T) {
	s, err := Start(t.Context(), Options{
		Lookup:         named("ServiceBusConnection", "ExportStorage"),
		BeforeUpstream: marking("all"),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	}()

	first, second := s.callers.add(marking("first")), s.callers.add(marking("second"))
	for name, tt := range map[string]struct {
		token, marks string
		refused      bool
	}{
		"the first handler":            {first, "first all", false},
		"the second handler":           {second, "second all", false},
		"the fake's own token":         {Token, "all", false},
		"a token that is nobody's":     {"x", "all", true},
		"no token, like a signed link": {"", "all", true},
	} {
		t.Run(name, func(t *testing.T) {
			status, marks := ask(t, s.UpstreamURL+"/subscriptions?api-version=2022-12-01", tt.token)
			if refused := status == http.StatusUnauthorized; marks != tt.marks || refused != tt.refused {
				t.Errorf("passed %q, answered %d; want %q, refused: %t", marks, status, tt.marks, tt.refused)
			}
		})
	}
}

// ask gets a URL and returns the answer's status and marks.
func ask(t *testing.T, url, token string) (status int, marks string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}

	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}

	return resp.StatusCode, strings.Join(resp.Header.Values("Mark"), " ")
}

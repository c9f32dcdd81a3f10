package api_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"azureml-dsr/internal/api"
	"azureml-dsr/internal/operator/operatortest"
)

func TestHealthTellsAnybodyWhetherAndReadersWhy(t *testing.T) {
	fault := errors.New("refused for account secretaccount")
	for name, tt := range map[string]struct {
		fault  error
		reader bool
		want   string
	}{
		"all is well, to anybody":   {nil, false, `{"status":"ok"}`},
		"all is well, to a reader":  {nil, true, `{"status":"ok","checks":[{"name":"storage","ok":true,"latencyMs":0,"detail":""}]}`},
		"something is wrong":        {fault, false, `{"status":"degraded"}`},
		"something is wrong, named": {fault, true, `"name":"storage","ok":false`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, operatortest.New(t), api.Options{
				Auth:         api.Auth{Token: token},
				Dependencies: []api.Dependency{{Name: "storage", Check: func(context.Context) error { return tt.fault }}},
			})
			c := call{method: http.MethodGet, path: "/api/health"}
			if !tt.reader {
				c.without = []string{"Authorization"}
			}

			w := s.do(c)
			want(t, w, http.StatusOK, "")
			if !strings.Contains(w.Body.String(), tt.want) || strings.Contains(w.Body.String(), "secret") || (!tt.reader && strings.Contains(w.Body.String(), "checks")) {
				t.Errorf("answered %s", w.Body)
			}
		})
	}
}

// Anybody may ask, and nobody can make the app ask its dependencies more than once in a while.
func TestHealthIsLookedAtOnceInAWhile(t *testing.T) {
	var looks atomic.Int32
	now := operatortest.Time
	s := newSite(t, operatortest.New(t), api.Options{
		Auth:         api.Auth{Token: token},
		Now:          func() time.Time { return now },
		Dependencies: []api.Dependency{{Name: "storage", Check: func(context.Context) error { looks.Add(1); return nil }}},
	})
	for range 20 {
		s.get("/api/health")
	}
	if n := looks.Load(); n != 1 {
		t.Errorf("looked %d times", n)
	}
	now = now.Add(6 * time.Second)
	s.get("/api/health")
	if n := looks.Load(); n != 2 {
		t.Errorf("looked %d times, six seconds later", n)
	}
}

// A check that panics is one that fails.
func TestACheckThatPanicsFails(t *testing.T) {
	s := newSite(t, operatortest.New(t), api.Options{
		Auth:         api.Auth{Token: token},
		Dependencies: []api.Dependency{{Name: "storage", Check: func(context.Context) error { panic("x") }}},
	})
	if w := s.get("/api/health"); !strings.Contains(w.Body.String(), "degraded") {
		t.Errorf("answered %s", w.Body)
	}
}

package customhandler_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"azureml-dsr/internal/customhandler"
)

// forwarding returns a server with a function and HTTP, which record what reaches them.
func forwarding(reached *[]string) *customhandler.Server {
	s := customhandler.New(&customhandler.Options{Logger: slog.New(slog.DiscardHandler)})
	s.HandleTimer("f", "timer", func(context.Context, customhandler.Timer) error {
		*reached = append(*reached, "function")
		return nil
	})
	s.HandleHTTP("/api/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*reached = append(*reached, "http")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, customhandler.InvocationID(r.Context()))
	}))
	return s
}

func TestACallersOwnRequestReachesHTTPAndNoFunction(t *testing.T) {
	const invocation = `{"Data":{"timer":{}},"Metadata":{}}`
	for path, reaches := range map[string]string{
		"/f":                "function",
		"/api/f":            "http",
		"/api/":             "http",
		"/api/a/b?c=..%2Ff": "http",
		"/api/../f":         "",
		"/api/..%2ff":       "",
		"/api/%2e%2e/f":     "",
		"/api/%2E%2E%2ff":   "",
		"/api/a/..":         "",
		"/api/./f":          "",
		"/api//f":           "",
		"/api/%252e%252e/f": "",
		"/api/..%5cf":       "",
		"/api/a%00":         "",
		"//f":               "",
		"/f/":               "",
		"/api":              "",
	} {
		t.Run(path, func(t *testing.T) {
			var reached []string
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1"+path, strings.NewReader(invocation))
			r.Header.Set("X-Azure-Functions-InvocationId", "inv-1")
			forwarding(&reached).Handler().ServeHTTP(w, r)

			if got := strings.Join(reached, ","); got != reaches {
				t.Errorf("it reaches %q, want %q", got, reaches)
			}
			switch {
			case reaches == "" && strings.HasPrefix(path, "/api/") && (w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("X-Content-Type-Options") != "nosniff"):
				t.Errorf("it may be kept: %v", w.Header())
			case reaches == "" && w.Code != http.StatusNotFound:
				t.Errorf("answered %d", w.Code)
			case reaches == "http" && (w.Code != http.StatusTeapot || w.Body.String() != "inv-1"):
				t.Errorf("answered %d %q", w.Code, w.Body)
			}
		})
	}
}

func TestACallerIsToldThatTheServerStops(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	entered, release := make(chan struct{}, 1000), make(chan struct{})
	s := customhandler.New(&customhandler.Options{Logger: slog.New(slog.DiscardHandler)})
	s.HandleHTTP("/api/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/first" {
			entered <- struct{}{}
			<-release
		}
	}))
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()

	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	ask := func(path string) int {
		resp, err := client.Get("http://" + l.Addr().String() + path)
		if err != nil {
			return 0
		}
		defer func() { _ = resp.Body.Close() }()
		return resp.StatusCode
	}
	first := make(chan int, 1)
	go func() { first <- ask("/api/first") }()
	<-entered
	stop()

	status := http.StatusOK
	for status == http.StatusOK { // until Serve has noticed
		status = ask("/api/second")
	}
	if status != http.StatusServiceUnavailable {
		t.Errorf("answered %d", status)
	}
	close(release)
	if got := <-first; got != http.StatusOK {
		t.Errorf("the request in flight was answered %d", got)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestAPanicOfHTTPEndsTheAnswerAlone(t *testing.T) {
	for name, value := range map[string]any{"a value": "secret", "an aborted answer": http.ErrAbortHandler} {
		t.Run(name, func(t *testing.T) {
			var log strings.Builder
			s := customhandler.New(&customhandler.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
			s.HandleHTTP("/api/", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(value) }))

			defer func() {
				if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
					t.Errorf("panicked with %v", err)
				}
				if strings.Contains(log.String(), "secret") || strings.Contains(log.String(), "panicked") != (value == "secret") {
					t.Errorf("logged %s", &log)
				}
			}()
			s.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/api/x", http.NoBody))
		})
	}
}

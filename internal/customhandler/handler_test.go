package customhandler

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// discard returns a server that logs nothing.
func discard() *Server {
	return New(&Options{Logger: slog.New(slog.DiscardHandler)})
}

func post(s *Server, function string, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/"+function, bytes.NewReader(body))
	r.Header.Set(headerInvocationID, "inv-1")
	r.Header.Set("traceparent", "00-aa-bb-01")
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

func wantAnswer(t *testing.T, w *httptest.ResponseRecorder, status int, body string) {
	t.Helper()
	if w.Code != status || w.Body.String() != body {
		t.Errorf("got %d %s, want %d %s", w.Code, w.Body, status, body)
	}
	if ct := w.Header().Get("Content-Type"); ct != "application/json" {
		t.Errorf("content type %q: the host reads JSON only", ct)
	}
}

func TestAMessageReachesItsFunction(t *testing.T) {
	s := discard()
	var got Message
	s.HandleMessage("redrive", "message", func(_ context.Context, m Message) error { got = m; return nil })
	wantAnswer(t, post(s, "redrive", golden(t, "message_binary_deadletter.json")), 200,
		`{"Outputs":{},"Logs":null,"ReturnValue":null}`)
	if got.Function != "redrive" || got.InvocationID != "inv-1" || got.TraceParent != "00-aa-bb-01" || got.MessageID != "t-9" {
		t.Errorf("got %+v", got)
	}
}

func TestATimerReachesItsFunction(t *testing.T) {
	s := discard()
	var got Timer
	s.HandleTimer("bulk", "timer", func(_ context.Context, m Timer) error { got = m; return nil })
	wantAnswer(t, post(s, "bulk", golden(t, "timer_past_due.json")), 200, bodySuccess)
	if got.Function != "bulk" || got.InvocationID != "inv-1" || got.TraceParent != "00-aa-bb-01" || !got.IsPastDue {
		t.Errorf("got %+v", got)
	}
}

func TestAnswersOtherThanSuccess(t *testing.T) {
	message := golden(t, "message_binary_deadletter.json")
	tests := []struct {
		name, function string
		body           []byte
		status         int
		want           string
	}{
		{"an error is 500 without detail", "fails", message, 500, bodyFailed},
		{"a panic is 500 without detail", "panics", message, 500, bodyFailed},
		{"a body that cannot be decoded is 500", "ok", []byte(`{}`), 500, bodyFailed},
		{"an unknown function is 404", "nothing", message, 404, bodyUnknown},
		{"a path below a function is 404", "ok/more", message, 404, bodyUnknown},
		{"another spelling is 404", "OK", message, 404, bodyUnknown},
		{"a body over the limit is 413", "ok", make([]byte, maxBody+1), 413, bodyTooLarge},
	}

	s := discard()
	s.HandleMessage("ok", "message", func(context.Context, Message) error { return nil })
	s.HandleMessage("fails", "message", func(context.Context, Message) error { return errors.New("secret") })
	s.HandleMessage("panics", "message", func(context.Context, Message) error { panic("secret") })

	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantAnswer(t, post(s, tt.function, tt.body), tt.status, tt.want) })
	}
}

func TestTheLargestServiceBusMessageFits(t *testing.T) {
	s := discard()
	s.HandleMessage("ok", "m", func(context.Context, Message) error { return nil })
	body := bytes.Replace(withMetadata(lockToken), []byte("Ym9keQ=="), bytes.Repeat([]byte("AAAA"), 256<<10/3), 1)
	wantAnswer(t, post(s, "ok", body), 200, bodySuccess)
}

func TestMethods(t *testing.T) {
	tests := []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/", 200, ""},
		{"HEAD", "/", 200, ""},
		{"POST", "/", 405, "GET"},
		{"GET", "/ok", 405, "POST"},
		{"GET", "/unknown", 404, ""},
	}

	s := discard()
	s.HandleMessage("ok", "message", func(context.Context, Message) error { return nil })

	for _, tt := range tests {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, nil))
		if w.Code != tt.status || w.Header().Get("Allow") != tt.allow {
			t.Errorf("%s %s: got %d, Allow %q", tt.method, tt.path, w.Code, w.Header().Get("Allow"))
		}
	}
}

func TestFailuresAreLoggedWithTheirIDsAndWithoutData(t *testing.T) {
	var out bytes.Buffer
	s := New(&Options{Logger: slog.New(slog.NewJSONHandler(&out, nil))})
	s.HandleMessage("fails", "message", func(context.Context, Message) error { return errors.New("upstream is away") })
	s.HandleMessage("panics", "message", func(_ context.Context, m Message) error { panic(string(m.Body)) })
	s.HandleMessage("indexes", "message", func(_ context.Context, m Message) error { _ = m.Body[len(m.Body)]; return nil })
	tests := []struct{ function, want string }{
		{"fails", "upstream is away"},
		{"panics", `"panic":"string"`},
		{"panics", "handler_test.go"}, // the stack
		{"indexes", "index out of range"},
	}
	for _, tt := range tests {
		out.Reset()
		post(s, tt.function, golden(t, "message_binary_deadletter.json"))

		for _, want := range []string{tt.want, `"function":"` + tt.function + `"`, `"invocationId":"inv-1"`} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: the log lacks %s: %s", tt.function, want, out.String())
			}
		}

		if strings.Contains(out.String(), "req-1") {
			t.Errorf("%s: the log quotes the message: %s", tt.function, out.String())
		}
	}
}

func TestAnInvocationHasADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := discard()
		s.HandleMessage("waits", "message", func(ctx context.Context, _ Message) error { <-ctx.Done(); return ctx.Err() })
		began := time.Now()
		wantAnswer(t, post(s, "waits", golden(t, "message_binary_deadletter.json")), 500, bodyFailed)
		if took := time.Since(began); took != 9*time.Minute {
			t.Errorf("ended after %s", took)
		}
	})
}

func TestAFunctionCannotBeRegisteredTwice(t *testing.T) {
	s := discard()
	s.HandleTimer("f", "t", nil)
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	s.HandleMessage("f", "m", nil)
}

// A body breaks off when the host ends in the middle of a request.
func TestABodyThatBreaksOffIs400(t *testing.T) {
	s := discard()
	s.HandleMessage("ok", "message", func(context.Context, Message) error { return nil })
	r := httptest.NewRequest(http.MethodPost, "/ok", brokenReader{})
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	wantAnswer(t, w, 400, bodyUnreadable)
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("broken off") }

func TestAnErrorThatIsReportedIsNotLoggedAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		err   error
		lines int
	}{
		"reported":             {Reported(errors.New("x")), 0},
		"reported and wrapped": {fmt.Errorf("y: %w", Reported(errors.New("x"))), 0},
		"not reported":         {errors.New("x"), 1},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			s := New(&Options{Logger: slog.New(slog.NewJSONHandler(&log, nil))})
			s.HandleMessage("f", "message", func(context.Context, Message) error { return tt.err })
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/f", bytes.NewReader(golden(t, "message_binary_deadletter.json"))))
			if n := strings.Count(log.String(), "\n"); n != tt.lines || w.Code != http.StatusInternalServerError {
				t.Errorf("%d lines, status %d: %s", n, w.Code, &log)
			}
		})
	}
}

package azureml

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"
)

func TestGetReturnsTheAnswer(t *testing.T) {
	var log bytes.Buffer
	transport := upstreamtest.Serve(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+upstreamtest.Token {
			w.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = io.WriteString(w, `{"runId":"run-1"}`)
	})

	c := newClient(t, transport, func(o *Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	call := callOf(t, "E16")
	answer, err := c.Get(t.Context(), call)
	if err != nil {
		t.Fatal(err)
	}

	want, _ := c.URL(call)

	if text := upstreamtest.ReadAll(t, answer.Body); text != `{"runId":"run-1"}` || answer.Length != int64(len(text)) {
		t.Errorf("body %s, length %d", text, answer.Length)
	}
	if answer.URL != want || answer.Status != 200 || answer.RetrievedAt.Location() != time.UTC || answer.RetrievedAt.IsZero() {
		t.Errorf("got %+v", answer)
	}
	if req := transport.Requests()[0]; req.Header.Get("X-Ms-Client-Request-Id") == "" || req.Method != http.MethodGet {
		t.Errorf("sent %s with %v", req.Method, req.Header)
	}
	if !strings.Contains(log.String(), "endpoint=E16") || strings.Contains(log.String(), "item-1") {
		t.Errorf("logged %s", log.String())
	}
}

func TestEveryFailureHasItsClass(t *testing.T) {
	tests := []struct {
		name   string
		status int
		header map[string]string
		body   string
		cursor string
		class  dsr.Class
		reason string
		code   string
	}{
		{"refused", 400, nil, `{"error":{"code":"BadRequest","message":"anna"}}`, "", dsr.Permanent, dsr.ReasonRefused, "BadRequest"},
		{"refused with a cursor", 400, nil, "", "token:x", dsr.Permanent, dsr.ReasonCursorExpired, ""},
		{"gone", 410, nil, "", "", dsr.Permanent, dsr.ReasonRefused, ""},
		{"gone with a cursor", 410, nil, "", "token:x", dsr.Permanent, dsr.ReasonCursorExpired, ""},
		{"a cursor's code", 409, nil, `{"code":"ExpiredContinuationToken"}`, "token:x", dsr.Permanent, dsr.ReasonCursorExpired, "ExpiredContinuationToken"},
		{"a skip token's code", 404, nil, `{"error":{"code":"InvalidSkipToken"}}`, "token:x", dsr.Permanent, dsr.ReasonCursorExpired, "InvalidSkipToken"},
		{"a cursor's code without a cursor", 409, nil, `{"code":"ExpiredContinuationToken"}`, "", dsr.Permanent, dsr.ReasonRefused, "ExpiredContinuationToken"},
		{"forbidden", 403, nil, `{"code":"AuthorizationFailed","message":"anna"}`, "", dsr.Permanent, dsr.ReasonForbidden, "AuthorizationFailed"},
		{"forbidden with a cursor", 403, nil, "", "token:x", dsr.Permanent, dsr.ReasonForbidden, ""},
		{"not found", 404, nil, `{"code":"ModelNotFound","statusCode":404,"message":"anna","details":[]}`, "", dsr.Permanent, dsr.ReasonTargetNotFound, "ModelNotFound"},
		{"a failure with a cursor", 500, nil, "", "token:x", dsr.Transient, dsr.ReasonTransient, ""},
		{"unavailable until", 503, map[string]string{"Retry-After": "60"}, "", "", dsr.Throttled, dsr.ReasonThrottled, ""},
		{"a failure with a cursor", 500, nil, `{"code":"InvalidContinuationToken"}`, "token:x", dsr.Transient, dsr.ReasonTransient, "InvalidContinuationToken"},
		{"throttled", 429, nil, "", "", dsr.Throttled, dsr.ReasonThrottled, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transport := upstreamtest.Serve(func(w http.ResponseWriter, _ *http.Request) {
					for k, v := range tt.header {
						w.Header().Set(k, v)
					}
					w.Header().Set("X-Ms-Request-Id", "req-1")
					w.WriteHeader(tt.status)
					_, _ = io.WriteString(w, tt.body)
				})

				call := callOf(t, "E14")
				call.Cursor = tt.cursor
				_, err := newClient(t, transport).Get(t.Context(), call)
				e := upstreamtest.WantError(t, err, tt.class, tt.reason)
				if e.Status != tt.status || e.Code != tt.code || e.UpstreamRequestID != "req-1" || !strings.HasPrefix(e.Message, "E14: ") {
					t.Errorf("got %+v", e)
				}
			})
		})
	}
}

// A pause that the upstream asks of one subscription holds up no other.
func TestEachSubscriptionHasAGateOfItsOwn(t *testing.T) {
	c := newClient(t, upstreamtest.Throttle("60"))
	upstreamtest.WantError(t, get(t, c, "E16"), dsr.Throttled, dsr.ReasonThrottled)
	upstreamtest.WantError(t, get(t, c, "E14"), dsr.Throttled, dsr.ReasonThrottled)

	other := callOf(t, "E16")
	other.Target.SubscriptionID = "another"
	answer, err := c.Get(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	upstreamtest.ReadAll(t, answer.Body)
}

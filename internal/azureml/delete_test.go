package azureml

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"
)

func TestDeleteReturnsTheAnswer(t *testing.T) {
	for _, want := range []int{200, 201, 202, 204, 404} {
		status := want
		var log bytes.Buffer
		transport := upstreamtest.Serve(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer "+upstreamtest.Token || r.Header.Get("Accept") != "application/json" {
				status = http.StatusUnauthorized
			}
			w.Header().Set("X-Ms-Request-Id", "req-1")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, `{"error":{"code":"NotFound","message":"anna"}}`)
		})

		c := newClient(t, transport, func(o *Options) {
			o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		before := time.Now()
		got, err := c.Delete(t.Context(), deletionCall(t, "D02"))
		if err != nil {
			t.Fatal(err)
		}

		if got.Status != want || got.RequestID != "req-1" || got.Retried || got.Token != "" {
			t.Errorf("%d: got %+v", want, got)
		}
		if got.At.Before(before) || got.At.After(time.Now()) || got.At.Location() != time.UTC {
			t.Errorf("%d: at %s", want, got.At)
		}
		if !strings.Contains(log.String(), "endpoint=D02") || strings.Contains(log.String(), "item-1") {
			t.Errorf("logged %s", log.String())
		}
	}
}

func TestEveryRefusedDeletionHasItsClass(t *testing.T) {
	tests := []struct {
		name   string
		status int
		header map[string]string
		body   string
		class  dsr.Class
		reason string
		code   string
		calls  int
	}{
		{"a lock", 409, nil, `{"error":{"code":"ScopeLocked","message":"anna"}}`, dsr.Permanent, dsr.ReasonLocked, "ScopeLocked", 1},
		{"a lock, said inside", 409, nil, `{"error":{"code":"Conflict","details":[{"code":"x"},{"code":"ScopeLocked"}]}}`, dsr.Permanent, dsr.ReasonLocked, "ScopeLocked", 1},
		{"a lock, said by a plane that answers flat", 400, nil, `{"code":"BadRequest","innererror":{"code":"y","innerError":{"code":"scopeLocked"}}}`, dsr.Permanent, dsr.ReasonLocked, "scopeLocked", 1},
		{"a deny assignment", 403, nil, `{"error":{"code":"DenyAssignmentAuthorizationFailed"}}`, dsr.Permanent, dsr.ReasonDenyAssignment, "DenyAssignmentAuthorizationFailed", 1},
		{"a policy", 403, nil, `{"error":{"code":"RequestDisallowedByPolicy"}}`, dsr.Permanent, dsr.ReasonDisallowedByPolicy, "RequestDisallowedByPolicy", 1},
		{"a subscription that is disabled", 409, nil, `{"error":{"code":"ReadOnlyDisabledSubscription"}}`, dsr.Permanent, dsr.ReasonRefused, "ReadOnlyDisabledSubscription", 1},
		{"a subscription that is not known", 404, nil, `{"error":{"code":"SubscriptionNotFound"}}`, dsr.Permanent, dsr.ReasonTargetNotFound, "SubscriptionNotFound", 1},
		{"a type that is not known", 404, nil, `{"error":{"code":"InvalidResourceType"}}`, dsr.Permanent, dsr.ReasonTargetNotFound, "InvalidResourceType", 1},
		{"a part", 206, nil, "", dsr.Permanent, dsr.ReasonMalformedAnswer, "", 1},
		{"a redirect", 307, map[string]string{"Location": "https://management.azure.com/x"}, "", dsr.Permanent, dsr.ReasonRedirect, "", 1},
		{"refused", 400, nil, `{"error":{"code":"BadRequest","message":"anna"}}`, dsr.Permanent, dsr.ReasonRefused, "BadRequest", 1},
		{"unauthorized", 401, nil, "", dsr.Transient, dsr.ReasonTransient, "", 2},
		{"forbidden", 403, nil, `{"code":"AuthorizationFailed","message":"anna"}`, dsr.Permanent, dsr.ReasonForbidden, "AuthorizationFailed", 1},
		{"not allowed", 405, nil, "", dsr.Permanent, dsr.ReasonRefused, "", 1},
		{"a time-out", 408, nil, "", dsr.Transient, dsr.ReasonTransient, "", 4},
		{"something depends on it", 409, nil, `{"code":"ImageInUse","statusCode":409,"message":"anna"}`, dsr.Transient, dsr.ReasonConflict, "ImageInUse", 1},
		{"changed", 412, nil, `{"error":{"code":"PreconditionFailed"}}`, dsr.Transient, dsr.ReasonConflict, "PreconditionFailed", 1},
		{"throttled", 429, map[string]string{"Retry-After": "60"}, "", dsr.Throttled, dsr.ReasonThrottled, "", 1},
		{"a failure", 500, nil, `{"error":{"code":"ServiceError"}}`, dsr.Transient, dsr.ReasonTransient, "ServiceError", 4},
		{"unavailable", 503, nil, "", dsr.Transient, dsr.ReasonTransient, "", 4},
		{"unavailable until", 503, map[string]string{"Retry-After": "60"}, "", dsr.Throttled, dsr.ReasonThrottled, "", 1},
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

				_, err := newClient(t, transport).Delete(t.Context(), deletionCall(t, "D05"))
				e := upstreamtest.WantError(t, err, tt.class, tt.reason)
				if e.Status != tt.status || e.Code != tt.code || e.UpstreamRequestID != "req-1" || !strings.HasPrefix(e.Message, "D05: ") {
					t.Errorf("got %+v", e)
				}
				if tt.header["Retry-After"] != "" && e.RetryAfter != time.Minute {
					t.Errorf("a pause of %s", e.RetryAfter)
				}
				if tt.reason == dsr.ReasonConflict && !strings.Contains(e.Message, "stands in the way") {
					t.Errorf("the message is %q", e.Message)
				}
				if tt.code != "" && !strings.Contains(e.Message, tt.code) {
					t.Errorf("the message %q lacks the code", e.Message)
				}
				if n := len(transport.Requests()); n != tt.calls {
					t.Errorf("%d calls, want %d", n, tt.calls)
				}
			})
		})
	}
}

func TestAFreshTokenDeletes(t *testing.T) {
	transport, cred := upstreamtest.Answers(401, 204), newCredential()
	got, err := newClient(t, transport, func(o *Options) { o.Credential = cred }).Delete(t.Context(), deletionCall(t, "D01"))
	if err != nil || got.Status != 204 || got.Retried || cred.Calls() != 2 {
		t.Errorf("got %+v, %v with %d tokens", got, err, cred.Calls())
	}
}

func TestTheStatusOfADeletionThatSucceedsSaysAll(t *testing.T) {
	const link = `/subscriptions/sub/operations/1`
	for _, status := range []int{200, 202} {
		transport := &upstreamtest.Recorder{Handler: func(*http.Request) (*http.Response, error) {
			broken := io.MultiReader(strings.NewReader(`{"pro`), iotest.ErrReader(io.ErrUnexpectedEOF))
			return &http.Response{
				StatusCode:    status,
				Header:        http.Header{"Location": {link}},
				ContentLength: -1,
				Body:          io.NopCloser(broken),
			}, nil
		}}
		got, err := newClient(t, transport).Delete(t.Context(), deletionCall(t, "D01"))
		if err != nil || got.Status != status || got.Retried || len(transport.Requests()) != 1 {
			t.Errorf("%d: got %+v, %v after %d calls", status, got, err, len(transport.Requests()))
		}
	}
}

func TestAnEndlessAnswerToADeletionIsReadToABound(t *testing.T) {
	for _, status := range []int{200, 202, 409} {
		read, closed := 0, false
		transport := &upstreamtest.Recorder{Handler: func(*http.Request) (*http.Response, error) {
			endless := upstreamtest.ReaderFunc(func(p []byte) (int, error) {
				read += len(p)
				return len(p), nil
			})
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: readCloser{endless, closer(func() { closed = true })}}, nil
		}}

		_, err := newClient(t, transport).Delete(t.Context(), deletionCall(t, "D01"))
		if (err == nil) != (status < 300) || read > 2*maxErrorBody || !closed {
			t.Errorf("%d: %v, read %d bytes, closed %t", status, err, read, closed)
		}
	}
}

type closer func()

func (f closer) Close() error {
	f()
	return nil
}

func TestARedirectOfADeletionIsNotFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		c := wireClient(t, func(w http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			http.Redirect(w, r, "http://127.0.0.1:7071/other", http.StatusPermanentRedirect)
		})
		_, err := c.Delete(t.Context(), deletionCall(t, "D08"))
		upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonRedirect)
		if calls.Load() != 1 {
			t.Errorf("%d calls", calls.Load())
		}
	})
}

// net/http sends a request again by itself when a kept connection turns out to
// be closed. It must not do so with a DELETE that the server has read, or
// nobody could tell.
func TestALostAnswerIsNeverRetriedUnseen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var deletes atomic.Int32
		c := wireClient(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet { // leaves a connection to be used again
				_, _ = io.WriteString(w, "{}")
				return
			}
			if deletes.Add(1) > 1 {
				w.WriteHeader(http.StatusNotFound)
				return
			}

			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_ = conn.Close()
			}
		})
		if err := get(t, c, "E28"); err != nil {
			t.Fatal(err)
		}

		got, err := c.Delete(t.Context(), deletionCall(t, "D07"))
		if err != nil || got.Status != 404 || !got.Retried || deletes.Load() != 2 {
			t.Errorf("got %+v, %v after %d deletes", got, err, deletes.Load())
		}
	})
}

func TestAContextThatEndsIsNoFaultOfTheDeletion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := &upstreamtest.Recorder{Handler: func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		got, err := newClient(t, transport).Delete(ctx, deletionCall(t, "D06"))
		if !errors.Is(err, context.DeadlineExceeded) || dsr.ClassOf(err) != dsr.Unclear || !got.Retried {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestAConnectionThatFailsIsTransient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := &upstreamtest.Recorder{Handler: func(*http.Request) (*http.Response, error) { return nil, net.ErrClosed }}
		_, err := newClient(t, transport).Delete(t.Context(), deletionCall(t, "D01"))
		e := upstreamtest.WantError(t, err, dsr.Transient, dsr.ReasonTransient)
		if !errors.Is(e, net.ErrClosed) || len(transport.Requests()) != 4 {
			t.Errorf("%v after %d calls", e.Err, len(transport.Requests()))
		}
	})
}

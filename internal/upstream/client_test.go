package upstream

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"
)

func TestRetriesAreFewAndQuick(t *testing.T) {
	tests := []struct {
		name   string
		status []int
		calls  int
		ok     bool
	}{
		{"one failure is retried", []int{500, 200}, 2, true},
		{"three failures are retried", []int{500, 502, 504, 200}, 4, true},
		{"four failures are enough", []int{500}, 4, false},
		{"a refusal is not retried", []int{403}, 1, false},
		{"a missing thing is not asked for again", []int{404}, 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transport := upstreamtest.Answers(tt.status...)
				start := time.Now()
				answer, err := ask(t.Context(), newClient(t, transport), call{url: here})
				if (err == nil) != tt.ok {
					t.Fatal(err)
				}

				if err == nil {
					upstreamtest.ReadAll(t, answer.Body)
				}
				if n := len(transport.Requests()); n != tt.calls {
					t.Errorf("%d calls, want %d", n, tt.calls)
				}
				if took := time.Since(start); took > 6*time.Second {
					t.Errorf("took %s", took)
				}
			})
		})
	}
}

func TestAFailingConnectionIsTransientAndItsURLIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("connection refused")
		transport := &upstreamtest.Recorder{Handler: func(req *http.Request) (*http.Response, error) {
			return nil, &url.Error{Op: "Get", URL: req.URL.String(), Err: cause}
		}}
		_, err := ask(t.Context(), newClient(t, transport), call{url: here})
		upstreamtest.WantError(t, err, dsr.Transient, dsr.ReasonTransient)
		if !errors.Is(err, cause) || len(transport.Requests()) != 4 {
			t.Errorf("%v after %d calls", err, len(transport.Requests()))
		}
	})
}

func TestACredentialThatFailsIsTransientAndNothingIsSent(t *testing.T) {
	transport := upstreamtest.Answers(200)
	cred := &upstreamtest.Credential{Err: errors.New("anna has no access")}
	_, err := ask(t.Context(), newClient(t, transport, func(o *Options) { o.Credential = cred }), call{url: here})
	e := upstreamtest.WantError(t, err, dsr.Transient, dsr.ReasonTransient)
	if !strings.Contains(e.Message, "token") || len(transport.Requests()) != 0 || cred.Calls() != 1 {
		t.Errorf("%s, %d requests, %d tokens", e.Message, len(transport.Requests()), cred.Calls())
	}
}

func TestAContextThatEndsIsNoFaultOfTheUpstream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := &upstreamtest.Recorder{Handler: func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := ask(ctx, newClient(t, transport), call{url: here})
		if !errors.Is(err, context.DeadlineExceeded) || dsr.ClassOf(err) != dsr.Unclear {
			t.Errorf("got %v of class %s", err, dsr.ClassOf(err))
		}
	})
}

func TestErrorBodiesAreReadToABound(t *testing.T) {
	read := 0
	transport := &upstreamtest.Recorder{Handler: func(*http.Request) (*http.Response, error) {
		endless := upstreamtest.ReaderFunc(func(p []byte) (int, error) {
			read += len(p)
			return len(p), nil
		})
		return &http.Response{StatusCode: http.StatusForbidden, Header: http.Header{}, Body: io.NopCloser(endless)}, nil
	}}

	_, err := ask(t.Context(), newClient(t, transport), call{url: here})
	upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonForbidden)

	if read > 2*maxErrorBody {
		t.Errorf("read %d bytes", read)
	}
}

func TestOverTheWire(t *testing.T) {
	big := strings.Repeat("x", 300<<10)
	tests := []struct {
		name    string
		handler http.HandlerFunc
		want    string
		class   dsr.Class
		reason  string
	}{
		{"a compressed answer is unpacked", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = io.WriteString(z, "[]")
			_ = z.Close()
		}, "[]", 0, ""},
		{"a large answer streams", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, big) }, big, 0, ""},
		{"a redirect is not followed", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:7071/other", http.StatusTemporaryRedirect)
		}, "", dsr.Permanent, dsr.ReasonRedirect},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var calls atomic.Int32
				c := wireClient(t, func(w http.ResponseWriter, r *http.Request) {
					calls.Add(1)
					tt.handler(w, r)
				})

				answer, err := ask(t.Context(), c, call{url: local})

				if tt.reason != "" {
					upstreamtest.WantError(t, err, tt.class, tt.reason)
				} else if err != nil {
					t.Fatal(err)
				} else if upstreamtest.ReadAll(t, answer.Body) != tt.want {
					t.Error("the body differs")
				}

				if calls.Load() != 1 {
					t.Errorf("%d calls", calls.Load())
				}
			})
		})
	}
}

func TestALargeAnswerThatBreaksOffIsTransient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := wireClient(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000000")
			_, _ = w.Write(make([]byte, 200<<10))
		})

		answer, err := ask(t.Context(), c, call{url: local})
		if err != nil {
			t.Fatal(err)
		}

		_, err = io.Copy(io.Discard, answer.Body)
		upstreamtest.WantError(t, err, dsr.Transient, dsr.ReasonTransient)

		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %v", err)
		}

		_ = answer.Body.Close()
	})
}

func TestTheOwnTransportFollowsNothingAndIsClosed(t *testing.T) {
	c := newClient(t, nil)
	if len(c.idle) != 2 {
		t.Fatalf("%d clients", len(c.idle))
	}
	for _, client := range c.idle {
		if !errors.Is(client.CheckRedirect(nil, nil), http.ErrUseLastResponse) {
			t.Error("redirects are followed")
		}
		if tr := client.Transport.(*http.Transport); tr.MaxIdleConnsPerHost != 64 || tr.DisableCompression {
			t.Errorf("transport %+v", tr)
		}
	}
}

func TestEveryRefusalHasItsClass(t *testing.T) {
	tests := []struct {
		name   string
		status int
		header map[string]string
		body   string
		class  dsr.Class
		reason string
		code   string
	}{
		{"another success", 202, nil, "", dsr.Permanent, dsr.ReasonMalformedAnswer, ""},
		{"no content", 204, nil, "", dsr.Permanent, dsr.ReasonMalformedAnswer, ""},
		{"a redirect", 302, map[string]string{"Location": "https://evil.example.com"}, "", dsr.Permanent, dsr.ReasonRedirect, ""},
		{"not modified", 304, nil, "", dsr.Permanent, dsr.ReasonRedirect, ""},
		{"refused", 400, nil, `{"error":{"code":"BadRequest","message":"anna"}}`, dsr.Permanent, dsr.ReasonRefused, "BadRequest"},
		{"gone", 410, nil, "", dsr.Permanent, dsr.ReasonRefused, ""},
		{"a cursor's code without a cursor", 409, nil, `{"code":"ExpiredContinuationToken"}`, dsr.Permanent, dsr.ReasonRefused, "ExpiredContinuationToken"},
		{"forbidden", 403, nil, `{"code":"AuthorizationFailed","message":"anna"}`, dsr.Permanent, dsr.ReasonForbidden, "AuthorizationFailed"},
		{"not found", 404, nil, `{"code":"ModelNotFound","statusCode":404,"message":"anna","details":[]}`, dsr.Permanent, dsr.ReasonTargetNotFound, "ModelNotFound"},
		{"unauthorized", 401, nil, "", dsr.Transient, dsr.ReasonTransient, ""},
		{"a time-out", 408, nil, "", dsr.Transient, dsr.ReasonTransient, ""},
		{"a failure", 500, nil, `{"error":{"code":"ServiceError","message":"anna"},"correlation":{"operation":"x"}}`, dsr.Transient, dsr.ReasonTransient, "ServiceError"},
		{"a gateway's failure", 504, nil, "", dsr.Transient, dsr.ReasonTransient, ""},
		{"unavailable", 503, nil, "", dsr.Transient, dsr.ReasonTransient, ""},
		{"unavailable until", 503, map[string]string{"Retry-After": "60"}, "", dsr.Throttled, dsr.ReasonThrottled, ""},
		{"throttled", 429, nil, "", dsr.Throttled, dsr.ReasonThrottled, ""},
		{"a code that quotes someone", 403, nil, `{"code":"no access for anna@example.com"}`, dsr.Permanent, dsr.ReasonForbidden, ""},
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

				_, err := ask(t.Context(), newClient(t, transport), call{url: here})
				e := upstreamtest.WantError(t, err, tt.class, tt.reason)
				if e.Status != tt.status || e.Code != tt.code || e.UpstreamRequestID != "req-1" || !strings.HasPrefix(e.Message, "E14: ") {
					t.Errorf("got %+v", e)
				}
			})
		})
	}
}

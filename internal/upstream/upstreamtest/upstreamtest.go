// Package upstreamtest has what tests of upstream and of its callers share: transports
// that answer and remember, a credential, and checks of errors and bodies.
package upstreamtest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
)

// Recorder is a transport that answers from a handler and remembers every request.
type Recorder struct {
	Handler func(*http.Request) (*http.Response, error)
	mu      sync.Mutex
	sent    []*http.Request
}

// Do answers a request.
func (r *Recorder) Do(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	r.sent = append(r.sent, req.Clone(req.Context())) // the next try sends the same headers, with another token
	r.mu.Unlock()
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	return r.Handler(req)
}

// Requests returns what was sent so far.
func (r *Recorder) Requests() []*http.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*http.Request(nil), r.sent...)
}

// Serve returns a Recorder that answers from an HTTP handler.
func Serve(h http.HandlerFunc) *Recorder {
	return &Recorder{Handler: func(req *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		h(w, req)
		return w.Result(), nil
	}}
}

// Answers returns a Recorder that answers with the statuses one after another, and then
// always with the last one.
func Answers(statuses ...int) *Recorder {
	i := 0
	return Serve(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(statuses[min(i, len(statuses)-1)])
		i++
		_, _ = io.WriteString(w, "{}")
	})
}

// Throttle returns a Recorder that answers one 429 with a Retry-After, then always 200.
func Throttle(retryAfter string) *Recorder {
	first := true
	return Serve(func(w http.ResponseWriter, _ *http.Request) {
		if first {
			first = false
			w.Header().Set("Retry-After", retryAfter)
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
}

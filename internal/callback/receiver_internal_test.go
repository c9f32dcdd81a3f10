package callback

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// received is a call that a receiver has taken.
type received struct {
	header http.Header
	body   string
	path   string
}

// receiver answers calls in order, the last way for ever, and keeps them.
type receiver struct {
	*httptest.Server

	mu      sync.Mutex
	answers []func(http.ResponseWriter)
	calls   []received
}

// newReceiver returns a receiver on this machine.
func newReceiver(t *testing.T, answers ...func(http.ResponseWriter)) *receiver {
	t.Helper()
	r := &receiver{answers: answers}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, received{header: req.Header, body: string(body), path: req.URL.RequestURI()})
	answer := r.answers[0]
	if len(r.answers) > 1 {
		r.answers = r.answers[1:]
	}
	answer(w)
}

// taken returns the calls so far.
func (r *receiver) taken() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]received{}, r.calls...)
}

// hosts returns the list with the receiver alone.
func (r *receiver) hosts(t *testing.T) Hosts {
	t.Helper()
	u, err := url.Parse(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	hosts, err := ParseHosts(u.Host)
	if err != nil {
		t.Fatal(err)
	}
	return hosts
}

// status answers with a status, and headers as names and values.
func status(code int, headers ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
	}
}

// long answers with more than is read.
func long(w http.ResponseWriter) { _, _ = io.WriteString(w, strings.Repeat("a", 4*maxAnswer)) }

// cut ends the connection without an answer.
func cut(http.ResponseWriter) { panic(http.ErrAbortHandler) }

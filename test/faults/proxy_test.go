package faults

import (
	"bufio"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// proxy is an HTTP server between the handler and what it calls, that sees every
// call before and after.
type proxy struct {
	url string

	mu     sync.Mutex
	before func(*http.Request) bool // true: the call goes no further
	after  func(*http.Request, int) // with the status; 0 when the answer broke off
	closed bool                     // every connection is dropped
	status int                      // what every call is answered with; 0: it is passed on
}

// openProxy opens a proxy before a handler until the test ends.
func openProxy(t testing.TB, next http.Handler) *proxy {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}

	d := &proxy{url: "http://" + l.Addr().String()}
	server := &http.Server{Handler: d.through(next)}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	t.Cleanup(func() {
		_ = server.Close()
		<-served
	})

	return d
}

func (d *proxy) through(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		before, after, closed, status := d.before, d.after, d.closed, d.status
		d.mu.Unlock()

		switch {
		case closed:
			panic(http.ErrAbortHandler)
		case status != 0:
			w.Header().Set("x-ms-error-code", "ServerBusy")
			w.WriteHeader(status)
			return
		}

		if before != nil && before(r) {
			panic(http.ErrAbortHandler)
		}
		if after == nil {
			next.ServeHTTP(w, r)
			return
		}

		seen := &seen{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(seen, r)
		after(r, seen.status)
	})
}

// watch sets what is told of every call.
func (d *proxy) watch(before func(*http.Request) bool, after func(*http.Request, int)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.before, d.after = before, after
}

// set drops every connection, or answers every call with a status.
func (d *proxy) set(closed bool, status int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed, d.status = closed, status
}

// seen remembers an answer's status.
type seen struct {
	http.ResponseWriter
	status int
}

func (s *seen) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// Hijack is what the fake breaks an answer off with.
func (s *seen) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	s.status = 0
	return http.NewResponseController(s.ResponseWriter).Hijack()
}

// Flush lets the fake send half a body.
func (s *seen) Flush() { _ = http.NewResponseController(s.ResponseWriter).Flush() }

// movableProxy is a reverse proxy whose target may change.
type movableProxy struct {
	target atomic.Pointer[url.URL]
	proxy  *httputil.ReverseProxy
}

func newMovableProxy(t testing.TB) *movableProxy {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	p := &movableProxy{}
	p.proxy = &httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", p.target.Load().Host
			r.Out.Host = r.Out.URL.Host
		},
		// A storage that doesn't answer looks the same through the proxy.
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ErrorLog:     slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}

	return p
}

func (p *movableProxy) lead(t testing.TB, to string) {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	p.target.Store(u)
}

func (p *movableProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.proxy.ServeHTTP(w, r) }

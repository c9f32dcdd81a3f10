package faults

import (
	"bufio"
	"net"
	"net/http"
	"sync"
)

// injector stands between the handlers and a service that they call. It sees every
// call before and after, and may drop it or answer in the service's place.
type injector struct {
	mu        sync.Mutex
	seeBefore func(*http.Request) bool // true: the call goes no further
	seeAfter  func(*http.Request, int) // with the status; 0 when the answer broke off
	dropped   bool                     // every call loses its connection
	status    int                      // what every call is answered with; 0: it is passed on
}

// before returns what handlers call in place of a service.
func (i *injector) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		before, after, dropped, status := i.seeBefore, i.seeAfter, i.dropped, i.status
		i.mu.Unlock()

		switch {
		case dropped:
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
func (i *injector) watch(before func(*http.Request) bool, after func(*http.Request, int)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.seeBefore, i.seeAfter = before, after
}

// dropAll drops the connection of every call, as if nobody listened.
func (i *injector) dropAll() { i.set(true, 0) }

// refuseAll answers every call with a status.
func (i *injector) refuseAll(status int) { i.set(false, status) }

// passAll lets every call through again.
func (i *injector) passAll() { i.set(false, 0) }

func (i *injector) set(dropped bool, status int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.dropped, i.status = dropped, status
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

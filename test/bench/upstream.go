package main

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
)

// upstreamGauges measure the calls that the fake Azure ML gets from worker and loop.
type upstreamGauges struct {
	served gauge // all calls
	// answered counts them.
	answered atomic.Int64
	copied   gauge // of artifacts' bytes
}

func (u *upstreamGauges) before(fake http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u.served.enter()
		defer u.served.leave()
		defer u.answered.Add(1)
		if strings.HasPrefix(r.URL.Path, "/_content/") {
			u.copied.enter()
			defer u.copied.leave()
		}
		fake.ServeHTTP(w, r)
	})
}

// gauge keeps the most calls that were in flight at once.
type gauge struct {
	mu        sync.Mutex
	now, most int
}

func (g *gauge) enter() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now++
	g.most = max(g.most, g.now)
}

func (g *gauge) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now--
}

// take returns the most since the last take.
func (g *gauge) take() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	most := g.most
	g.most = g.now
	return most
}

package api

import (
	"net/http"
	"time"
)

// Route is an operation for tests.
type Route struct{ ID, Method, Path, Role string }

// Routes returns all operations.
func Routes() (out []Route) {
	for _, r := range routes() {
		out = append(out, Route{r.id, r.method, r.path, string(r.role)})
	}
	return out
}

// NewWithBodyTime is New where a body may take so long to arrive.
func NewWithBodyTime(opts Options, most time.Duration) http.Handler {
	s := newServer(opts)
	s.bodyTime = most
	return s.handler()
}

// MaxBodies is how many bodies may arrive at once.
const MaxBodies = maxBodies

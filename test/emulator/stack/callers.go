package stack

import (
	"fmt"
	"net/http"
	"sync"
)

// callers tells handlers apart that call the same address, as they do in Azure: a
// link that one was given another may follow. Each has a token of its own, in
// place of which the fake sees [Token].
type callers struct {
	all http.Handler // for calls with no handler's own token, such as signed links

	mu   sync.Mutex
	each map[string]http.Handler // by Authorization header
}

func newCallers(all http.Handler) *callers {
	return &callers{all: all, each: map[string]http.Handler{}}
}

// add wraps all for a further handler, and returns that handler's token.
func (c *callers) add(before func(http.Handler) http.Handler) (token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	token = fmt.Sprintf("%s-%d", Token, len(c.each)+1)
	c.each["Bearer "+token] = before(c.all)
	return token
}

// ServeHTTP implements http.Handler.
func (c *callers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	next := c.each[r.Header.Get("Authorization")]
	c.mu.Unlock()

	if next == nil {
		c.all.ServeHTTP(w, r)
		return
	}

	in := r.Clone(r.Context())
	in.Header.Set("Authorization", "Bearer "+Token)
	next.ServeHTTP(w, in)
}

package faults

import (
	"fmt"
	"net/http"
	"sync"

	"azureml-dsr/test/emulator/stack"
)

// callers tells handlers apart that call the same address, as they do in Azure: a
// link that one was given another may follow. Each has a token of its own.
type callers struct {
	all http.Handler // for calls without a token: signed links

	mu   sync.Mutex
	each map[string]http.Handler // by token
}

// add returns the token of a further handler, whose calls go to next.
func (c *callers) add(next http.Handler) (token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	token = fmt.Sprintf("%s-%d", stack.Token, len(c.each)+1)
	c.each["Bearer "+token] = next
	return token
}

func (c *callers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	next := c.each[r.Header.Get("Authorization")]
	c.mu.Unlock()
	if next == nil {
		c.all.ServeHTTP(w, r)
		return
	}
	in := r.Clone(r.Context())
	in.Header.Set("Authorization", "Bearer "+stack.Token)
	next.ServeHTTP(w, in)
}

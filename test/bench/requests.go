package main

import (
	"net"
	"net/http"
	"sync/atomic"
)

// requestCounts count what passes: calls to storage at a proxy before Azurite, and
// requests to Service Bus at the broker's own listener.
type requestCounts struct {
	storage atomic.Int64
	bus     atomic.Int64
}

// take returns the counts since the last take.
func (c *requestCounts) take() (storage, bus int64) { return c.storage.Swap(0), c.bus.Swap(0) }

func (c *requestCounts) beforeStorage(azurite http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.storage.Add(1)
		azurite.ServeHTTP(w, r)
	})
}

func (c *requestCounts) beforeBroker(l net.Listener) net.Listener {
	return countingListener{l, &c.bus}
}

package customhandler

import "sync"

// gate counts the invocations in flight. Once it is closed, no other may begin. The zero
// value is open.
type gate struct {
	mu     sync.Mutex
	n      int
	closed bool
	idle   chan struct{} // set by close; closed when n reaches zero
}

// enter reports whether an invocation may begin. If it may, the caller must call leave at
// its end.
func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.n++
	return true
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.n--
	if g.closed && g.n == 0 {
		close(g.idle)
	}
}

// close lets no more invocations begin. It returns a channel that is closed when the last
// one in flight has left. It must be called only once.
func (g *gate) close() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed, g.idle = true, make(chan struct{})
	if g.n == 0 {
		close(g.idle)
	}
	return g.idle
}

func (g *gate) inFlight() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.n
}

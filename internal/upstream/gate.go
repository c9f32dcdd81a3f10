package upstream

import (
	"net/http"
	"time"

	"azureml-dsr/internal/retryafter"
)

// gate is what is known of a host and quota. The zero gate is open.
type gate struct {
	closedUntil time.Time
	paces       map[string]pace // by the method that is spaced out
	admission
}

// inUse reports whether a gate holds anything back, or has work to account for.
func (g *gate) inUse(now time.Time) bool {
	return g.closedUntil.After(now) || len(g.paces) > 0 || g.admission.inUse(now)
}

func (g *gate) closedFor(now time.Time) time.Duration { return max(0, g.closedUntil.Sub(now)) }

// takeTurn returns how long a call has to wait for the gate to open and for its
// method's next turn. It takes that turn, unless the wait is longer than longest.
func (g *gate) takeTurn(method string, now time.Time, longest time.Duration) time.Duration {
	wait := g.closedFor(now)
	own, spaced := g.paces[method]
	if !spaced {
		return wait
	}

	wait = max(wait, own.nextTurn.Sub(now))
	if wait <= longest {
		own.nextTurn = now.Add(wait + own.interval)
		g.paces[method] = own
	}
	return wait
}

// observe learns from an answer, and returns the pause that it asks for.
func (g *gate) observe(method string, resp *http.Response, now time.Time) (pause time.Duration) {
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
		pause, _ = retryafter.Read(resp.Header, now)
		g.closedUntil = later(g.closedUntil, now.Add(pause))
	}

	if left, known := remainingCalls(method, resp.Header); known {
		g.setPace(method, intervalAt(left))
	}

	_, spaced := g.paces[method]
	if pause > 0 || spaced {
		g.limit(later(g.closedUntil, now))
	}

	return pause
}

// setPace spaces the calls of a method; 0 ends it.
func (g *gate) setPace(method string, interval time.Duration) {
	if interval == 0 {
		delete(g.paces, method)
		return
	}

	if g.paces == nil {
		g.paces = map[string]pace{}
	}
	own := g.paces[method]
	own.interval = interval
	g.paces[method] = own
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

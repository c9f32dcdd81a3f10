package upstream

import (
	"net/http"
	"time"

	"azureml-dsr/internal/retryafter"
)

// gate is what is known of a host and quota. The zero gate is open.
type gate struct {
	closedUntil time.Time
	lines       map[string]*line // by the method
	admission
}

// inUse reports whether a gate holds anything back, or has work to account for.
func (g *gate) inUse(now time.Time) bool {
	for _, l := range g.lines {
		if l.inUse(now) {
			return true
		}
	}
	return g.closedUntil.After(now) || g.admission.inUse(now)
}

func (g *gate) closedFor(now time.Time) time.Duration { return max(0, g.closedUntil.Sub(now)) }

// line returns the line of a method.
func (g *gate) line(method string) *line {
	if g.lines == nil {
		g.lines = map[string]*line{}
	}
	if g.lines[method] == nil {
		g.lines[method] = &line{}
	}
	return g.lines[method]
}

// observe learns from an answer, and returns the pause that it asks for.
func (g *gate) observe(method string, resp *http.Response, now time.Time) (pause time.Duration) {
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
		pause, _ = retryafter.Read(resp.Header, now)
		g.closedUntil = later(g.closedUntil, now.Add(pause))
	}

	left, known := remainingCalls(method, resp.Header)
	g.line(method).land(left, known, now)
	if pause > 0 || (known && left < lowQuota) {
		g.limit(later(g.closedUntil, now))
	}

	return pause
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

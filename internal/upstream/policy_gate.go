package upstream

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/retryafter"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// How many calls ARM still grants the subscription; reads and deletes have a
// quota each.
const (
	remainingReads   = "X-Ms-Ratelimit-Remaining-Subscription-Reads"
	remainingDeletes = "X-Ms-Ratelimit-Remaining-Subscription-Deletes"
)

const (
	lowQuota = 100                  // from here on calls are spaced
	spacing  = 2 * time.Millisecond // for each call below that: 200 ms at none
)

// longWait is how long a call of a piece of work that was let in waits at a gate:
// giving up would lose what the work has read.
const longWait = time.Minute

// gatePolicy keeps one gate for each host and subscription. A 429, or a 503
// with Retry-After, closes it until then; a nearly spent quota spaces the calls
// that it counts. A call waits at a gate for at most short, one of a piece of work that was let in
// for at most longWait; what would take longer is Throttled at once, with what is
// left to wait.
type gatePolicy struct {
	short time.Duration
	mu    sync.Mutex
	gates map[string]gate
}

// gate is kept only while it holds calls up or has seats taken.
type gate struct {
	until time.Time       // closed until then
	paces map[string]pace // of the methods that are spaced
	bench
}

// pace spaces the calls of a method.
type pace struct {
	interval time.Duration // between calls
	next     time.Time     // the turn of the next call
}

func newGatePolicy(short time.Duration) *gatePolicy {
	return &gatePolicy{short: short, gates: map[string]gate{}}
}

// gateKey names whose quota a call spends, and where.
func gateKey(req *policy.Request) string {
	return req.Raw().URL.Host + " " + strings.ToLower(scopeOf(req.Raw().Context()).Quota)
}

func (p *gatePolicy) Do(req *policy.Request) (*http.Response, error) {
	ctx, key := req.Raw().Context(), gateKey(req)
	w := workOf(ctx)
	if w == nil {
		resp, _, err := p.call(ctx, req, key, p.short)
		return resp, err
	}
	err := w.take(seat{p, key}, func() (func(), error) { return p.sit(key) })
	if err != nil {
		return nil, err
	}
	for end := time.Now().Add(longWait); ; {
		resp, pause, err := p.call(ctx, req, key, time.Until(end))
		if err != nil || pause == 0 || pause > time.Until(end) {
			return resp, err // a pause that is too long is told with its answer
		}
		runtime.Drain(resp) // called again when the gate opens
		if err := req.RewindBody(); err != nil {
			return nil, err
		}
	}
}

// call makes the call when the gate lets it through, after at most a time. pause
// is what the answer asks for.
func (p *gatePolicy) call(ctx context.Context, req *policy.Request, key string, most time.Duration) (resp *http.Response, pause time.Duration, err error) {
	if err := p.pass(ctx, key, req.Raw().Method, most); err != nil {
		return nil, 0, err
	}
	resp, err = req.Next() //nolint:bodyclose // the caller's
	if err == nil {
		pause = p.observe(key, req.Raw().Method, resp)
	}
	return resp, pause, err
}

// pass waits for its turn, then for as long as the gate was closed meanwhile.
func (p *gatePolicy) pass(ctx context.Context, key, method string, most time.Duration) error {
	for wait := p.turn(key, method, most); wait > 0; wait = p.closedFor(key) {
		deadline, bounded := ctx.Deadline()
		if wait > most || bounded && time.Now().Add(wait).After(deadline) {
			return pausedFor(wait)
		}
		select {
		case <-time.After(wait):
			most -= wait
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func pausedFor(wait time.Duration) error {
	e := dsr.Errorf(dsr.Throttled, dsr.ReasonThrottled, "the upstream asked for a pause")
	e.RetryAfter = wait
	return final{e}
}

// turn says how long to wait, and takes the turn if that isn't too long.
func (p *gatePolicy) turn(key, method string, most time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, ok := p.gates[key]
	if !ok {
		return 0
	}
	now := time.Now()
	wait := max(0, g.until.Sub(now))
	own, spaced := g.paces[method]
	if !spaced {
		p.keep(key, g)
		return wait
	}
	wait = max(wait, own.next.Sub(now))
	if wait <= most {
		own.next = now.Add(wait + own.interval)
		g.paces[method] = own
	}
	return wait
}

func (p *gatePolicy) closedFor(key string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(0, time.Until(p.gates[key].until))
}

// observe learns from an answer, and tells what pause it asks for.
func (p *gatePolicy) observe(key, method string, resp *http.Response) (pause time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, now := p.gates[key], time.Now()
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
		pause, _ = retryafter.Read(resp.Header, now)
		g.until = later(g.until, now.Add(pause))
	}
	g.space(method, resp.Header)
	if _, spaced := g.paces[method]; pause > 0 || spaced {
		g.tighten(later(g.until, now))
	}
	p.keep(key, g)
	return pause
}

// space sets the method's pace by its quota, if the answer tells it.
func (g *gate) space(method string, h http.Header) {
	quota := remainingReads
	if method == http.MethodDelete {
		quota = remainingDeletes
	}
	left, err := strconv.Atoi(h.Get(quota))
	if err != nil {
		return
	}
	own := g.paces[method]
	own.interval = spacing * time.Duration(min(max(lowQuota-left, 0), lowQuota))
	if own.interval == 0 {
		delete(g.paces, method)
		return
	}
	if g.paces == nil {
		g.paces = map[string]pace{}
	}
	g.paces[method] = own
}

// keep keeps a gate, or forgets one that has nothing to remember.
func (p *gatePolicy) keep(key string, g gate) {
	now := time.Now()
	if g.until.After(now) || len(g.paces) > 0 || g.inUse(now) {
		p.gates[key] = g
	} else {
		delete(p.gates, key)
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

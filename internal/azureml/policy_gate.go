package azureml

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"azureml-dsr/internal/dsr"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
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

// gatePolicy keeps one gate for each host and subscription. A 429, or a 503
// with Retry-After, closes it until then; a nearly spent quota spaces the calls
// that it counts. A call waits at a gate for at most short; what would take
// longer is Throttled at once, with what is left to wait.
type gatePolicy struct {
	short time.Duration
	mu    sync.Mutex
	gates map[string]gate
}

// gate is kept only while it holds calls up.
type gate struct {
	until time.Time       // closed until then
	paces map[string]pace // of the methods that are spaced
}

// pace spaces the calls of a method.
type pace struct {
	interval time.Duration // between calls
	next     time.Time     // the turn of the next call
}

func newGatePolicy(short time.Duration) *gatePolicy {
	return &gatePolicy{short: short, gates: map[string]gate{}}
}

func (p *gatePolicy) Do(req *policy.Request) (*http.Response, error) {
	ctx := req.Raw().Context()
	key := req.Raw().URL.Host + " " + strings.ToLower(scopeOf(ctx).subscription)
	method := req.Raw().Method
	if err := p.pass(ctx, key, method); err != nil {
		return nil, err
	}
	resp, err := req.Next()
	if err == nil {
		p.observe(key, method, resp)
	}
	return resp, err
}

// pass waits for its turn, then for as long as the gate was closed meanwhile.
func (p *gatePolicy) pass(ctx context.Context, key, method string) error {
	for wait := p.turn(key, method); wait > 0; wait = p.closedFor(key) {
		deadline, bounded := ctx.Deadline()
		if wait > p.short || bounded && time.Now().Add(wait).After(deadline) {
			e := dsr.Errorf(dsr.Throttled, dsr.ReasonThrottled, "the upstream asked for a pause")
			e.RetryAfter = wait
			return final{e}
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// turn says how long to wait, and takes the turn if the wait is short.
func (p *gatePolicy) turn(key, method string) time.Duration {
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
		if wait == 0 && len(g.paces) == 0 {
			delete(p.gates, key)
		}
		return wait
	}
	wait = max(wait, own.next.Sub(now))
	if wait <= p.short {
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

// observe learns from an answer.
func (p *gatePolicy) observe(key, method string, resp *http.Response) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, known := p.gates[key]
	if !known {
		g.paces = map[string]pace{}
	}
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
		if pause := retryAfter(resp.Header, time.Now()); pause > 0 {
			until := time.Now().Add(pause)
			if until.After(g.until) {
				g.until, known = until, true
			}
		}
	}
	if g.space(method, resp.Header) || known {
		p.gates[key] = g
	}
}

// space sets the method's pace by its quota, if the answer tells it, and says
// whether it set one.
func (g gate) space(method string, h http.Header) bool {
	quota := remainingReads
	if method == http.MethodDelete {
		quota = remainingDeletes
	}
	left, err := strconv.Atoi(h.Get(quota))
	if err != nil {
		return false
	}
	own := g.paces[method]
	own.interval = spacing * time.Duration(min(max(lowQuota-left, 0), lowQuota))
	if own.interval == 0 {
		delete(g.paces, method)
		return false
	}
	g.paces[method] = own
	return true
}

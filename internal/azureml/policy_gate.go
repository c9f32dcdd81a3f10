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

// remainingReads is how many reads ARM still grants the subscription.
const remainingReads = "X-Ms-Ratelimit-Remaining-Subscription-Reads"

const (
	lowReads = 100                  // from here on calls are spaced
	spacing  = 2 * time.Millisecond // for each read below that: 200 ms at none
)

// gatePolicy keeps one gate for each host and subscription. A 429, or a 503
// with Retry-After, closes it until then; a nearly spent quota spaces calls. A
// call waits at a gate for at most short; what would take longer is Throttled
// at once, with what is left to wait.
type gatePolicy struct {
	short time.Duration
	mu    sync.Mutex
	gates map[string]gate
}

// gate is kept only while it holds calls up.
type gate struct {
	until    time.Time     // closed until then
	interval time.Duration // between calls; 0 = no spacing
	next     time.Time     // the turn of the next call
}

func newGatePolicy(short time.Duration) *gatePolicy {
	return &gatePolicy{short: short, gates: map[string]gate{}}
}

func (p *gatePolicy) Do(req *policy.Request) (*http.Response, error) {
	ctx := req.Raw().Context()
	key := req.Raw().URL.Host + " " + strings.ToLower(scopeOf(ctx).subscription)
	if err := p.pass(ctx, key); err != nil {
		return nil, err
	}
	resp, err := req.Next()
	if err == nil {
		p.observe(key, resp)
	}
	return resp, err
}

// pass waits for its turn, then for as long as the gate was closed meanwhile.
func (p *gatePolicy) pass(ctx context.Context, key string) error {
	for wait := p.turn(key); wait > 0; wait = p.closedFor(key) {
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
func (p *gatePolicy) turn(key string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, ok := p.gates[key]
	if !ok {
		return 0
	}
	now := time.Now()
	wait := max(0, g.until.Sub(now))
	if g.interval == 0 {
		if wait == 0 {
			delete(p.gates, key)
		}
		return wait
	}
	wait = max(wait, g.next.Sub(now))
	if wait <= p.short {
		g.next = now.Add(wait + g.interval)
		p.gates[key] = g
	}
	return wait
}

func (p *gatePolicy) closedFor(key string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(0, time.Until(p.gates[key].until))
}

// observe learns from an answer.
func (p *gatePolicy) observe(key string, resp *http.Response) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, known := p.gates[key]
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
		if pause, _ := retryAfter(resp.Header, time.Now()); pause > 0 {
			until := time.Now().Add(pause)
			if until.After(g.until) {
				g.until, known = until, true
			}
		}
	}
	if left, err := strconv.Atoi(resp.Header.Get(remainingReads)); err == nil {
		g.interval = spacing * time.Duration(min(max(lowReads-left, 0), lowReads))
		known = known || g.interval > 0
	}
	if known {
		p.gates[key] = g
	}
}

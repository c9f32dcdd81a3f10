package upstream

import (
	"context"
	"net/http"
	"sync"
	"time"

	"azureml-dsr/internal/dsr"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// longWait is how long a call of admitted work waits at a gate. Giving up earlier would
// lose what the work has read.
const longWait = time.Minute

// gatePolicy holds calls back while the upstream throttles. It has a gate for
// each host and quota, which does three things:
//
//   - It closes. An answer that asks for a pause closes it until the pause is over.
//   - It sets a pace. Azure Resource Manager says in each answer how many calls it
//     still grants. Calls of that kind are spaced out so that all who share the quota
//     use what is granted; see pace.
//   - It limits admission. While the upstream throttles, only a few pieces of work
//     may use it at a time; see admission.
//
// A lone call waits at its gate for shortWait at most, and a call of admitted work
// for longWait. What would take longer is Throttled at once, with the time that is
// left, so that the caller can come back then.
type gatePolicy struct {
	shortWait time.Duration
	mu        sync.Mutex
	gates     map[quota]*gate // an open gate without work is not kept
}

func newGatePolicy(shortWait time.Duration) *gatePolicy {
	return &gatePolicy{shortWait: shortWait, gates: map[quota]*gate{}}
}

func (p *gatePolicy) Do(req *policy.Request) (*http.Response, error) {
	ctx, key := req.Raw().Context(), quotaOf(req)
	w := workOf(ctx)
	if w == nil {
		resp, _, err := p.call(ctx, key, req, p.shortWait)
		return resp, err
	}

	if err := w.enter(entrance{p, key}); err != nil {
		return nil, err
	}
	return p.callUntil(ctx, key, req, time.Now().Add(longWait))
}

// callUntil makes a call, and again after each pause that the answer asks for. It
// returns the answer whose pause would end after giveUp.
func (p *gatePolicy) callUntil(ctx context.Context, key quota, req *policy.Request, giveUp time.Time) (*http.Response, error) {
	for {
		resp, pause, err := p.call(ctx, key, req, time.Until(giveUp))
		if err != nil || pause == 0 || pause > time.Until(giveUp) {
			return resp, err
		}

		runtime.Drain(resp)
		if err := req.RewindBody(); err != nil {
			return nil, err
		}
	}
}

// call makes a call once the gate lets it pass, and returns the pause that the
// answer asks for. It waits at the gate for at most longest.
func (p *gatePolicy) call(ctx context.Context, key quota, req *policy.Request, longest time.Duration) (resp *http.Response, pause time.Duration, err error) {
	method := req.Raw().Method
	if err := p.pass(ctx, key, method, longest); err != nil {
		return nil, 0, err
	}

	resp, err = req.Next() //nolint:bodyclose // the caller's
	if err != nil {
		p.at(key, func(g *gate, now time.Time) { g.line(method).land(0, false, now) })
		return nil, 0, err
	}
	return resp, p.observe(key, method, resp), nil
}

// pass waits for the call's turn, and for longer if the gate has closed meanwhile. It
// returns a Throttled error instead of waiting for more than longest in all.
func (p *gatePolicy) pass(ctx context.Context, key quota, method string, longest time.Duration) error {
	c := p.join(key, method, workOf(ctx).began())

	giveUp := time.Now().Add(longest)
	for wait := p.turnOf(key, method, c); wait > 0; wait = p.turnOf(key, method, c) {
		if wait > time.Until(giveUp) || endsWithin(ctx, wait) {
			p.leave(key, method, c)
			return throttledFor(wait)
		}

		select {
		case <-time.After(wait):
		case <-c.again:
		case <-ctx.Done():
			p.leave(key, method, c)
			return ctx.Err()
		}
	}
	return nil
}

// endsWithin reports whether a context's deadline is less than a wait away.
func endsWithin(ctx context.Context, wait time.Duration) bool {
	deadline, bounded := ctx.Deadline()
	return bounded && time.Now().Add(wait).After(deadline)
}

func throttledFor(wait time.Duration) error {
	e := dsr.Errorf(dsr.Throttled, dsr.ReasonThrottled, "the upstream asked for a pause")
	e.RetryAfter = wait
	return final{e}
}

// join is the join of a method's line.
func (p *gatePolicy) join(key quota, method string, began time.Time) (c *place) {
	p.at(key, func(g *gate, _ time.Time) { c = g.line(method).join(began) })
	return c
}

// turnOf is the turnOf of a method's line.
func (p *gatePolicy) turnOf(key quota, method string, c *place) (wait time.Duration) {
	p.at(key, func(g *gate, now time.Time) { wait = g.line(method).turnOf(c, now, g.closedFor(now)) })
	return wait
}

// leave takes a call that is given up out of its line.
func (p *gatePolicy) leave(key quota, method string, c *place) {
	p.at(key, func(g *gate, _ time.Time) { g.line(method).leave(c) })
}

func (p *gatePolicy) closedFor(key quota) (wait time.Duration) {
	p.at(key, func(g *gate, now time.Time) { wait = g.closedFor(now) })
	return wait
}

// observe learns from an answer, and returns the pause that it asks for.
func (p *gatePolicy) observe(key quota, method string, resp *http.Response) (pause time.Duration) {
	p.at(key, func(g *gate, now time.Time) { pause = g.observe(method, resp, now) })
	return pause
}

// admit admits a piece of work until leave is called. Its error is Throttled, and says
// when to come back.
func (p *gatePolicy) admit(key quota) (leave func(), err error) {
	p.at(key, func(g *gate, now time.Time) {
		if g.full(now) {
			comeBack := g.comeBackAt(later(g.closedUntil, now))
			err = throttledFor(max(comeBack.Sub(now), p.shortWait))
			return
		}
		g.enter(now)
	})
	if err != nil {
		return nil, err
	}
	return func() { p.at(key, func(g *gate, now time.Time) { g.leave(now) }) }, nil
}

// at uses a key's gate, and keeps it afterwards if it is in use.
func (p *gatePolicy) at(key quota, use func(g *gate, now time.Time)) {
	p.mu.Lock()
	defer p.mu.Unlock()

	g, now := p.gates[key], time.Now()
	if g == nil {
		g = &gate{}
	}
	use(g, now)

	if g.inUse(now) {
		p.gates[key] = g
	} else {
		delete(p.gates, key)
	}
}

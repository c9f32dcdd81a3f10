package upstream

import (
	"context"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// limitPolicy bounds how many calls of a host and quota are in flight. It counts each
// quota apart, so that calls that wait at a gate hold up none of another quota. A call
// holds its slot until its body is closed.
//
// Slots go to the piece of work that began first. If all pieces shared them, all would
// be half done at any time, and a crash would lose them all. This way only as many are
// half done as the slots can serve, and what is read is soon stored.
type limitPolicy struct {
	perHost int
	mu      sync.Mutex
	hosts   map[quota]*slots
}

// slots are those of a host and quota. They are kept only while a call uses or waits
// for one, since answers name the hosts of content, and there may be many.
type slots struct {
	taken   int
	waiting []*waiter // the next first
}

// waiter is a call that waits for a slot.
type waiter struct {
	began time.Time     // of its piece of work; zero for a lone call, which goes first
	ready chan struct{} // closed when it has the slot
}

func newLimitPolicy(perHost int) *limitPolicy {
	return &limitPolicy{perHost: perHost, hosts: map[quota]*slots{}}
}

func (p *limitPolicy) Do(req *policy.Request) (*http.Response, error) {
	s, err := p.acquire(req.Raw().Context(), quotaOf(req))
	if err != nil {
		return nil, err
	}
	resp, err := req.Next()
	if err != nil {
		s.release()
		return nil, err
	}
	resp.Body = &slotBody{ReadCloser: resp.Body, slot: s}
	return resp, nil
}

// acquire waits for a slot.
func (p *limitPolicy) acquire(ctx context.Context, key quota) (*slot, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}

	if w := p.enter(key, workOf(ctx).began()); w != nil {
		select {
		case <-w.ready:
		case <-ctx.Done():
			p.giveUp(key, w)
			return nil, ctx.Err()
		}
	}

	return &slot{policy: p, key: key}, nil
}

// slot is one that a call has taken.
type slot struct {
	policy   *limitPolicy
	key      quota
	released atomic.Bool
}

// release gives the slot back. Calling it again does nothing.
func (s *slot) release() {
	if !s.released.Swap(true) {
		s.policy.release(s.key)
	}
}

// enter takes a slot where one is free, and returns nil. Otherwise it takes a place among
// the calls that wait.
func (p *limitPolicy) enter(key quota, began time.Time) *waiter {
	p.mu.Lock()
	defer p.mu.Unlock()

	s := p.hosts[key]
	if s == nil {
		s = &slots{}
		p.hosts[key] = s
	}

	if s.taken < p.perHost {
		s.taken++
		return nil
	}

	w := &waiter{began: began, ready: make(chan struct{})}
	place := slices.IndexFunc(s.waiting, func(o *waiter) bool { return o.began.After(began) })
	if place < 0 {
		place = len(s.waiting)
	}
	s.waiting = slices.Insert(s.waiting, place, w)

	return w
}

// release returns a slot to the next call that waits.
func (p *limitPolicy) release(key quota) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.hosts[key]
	if len(s.waiting) > 0 {
		close(s.waiting[0].ready)
		s.waiting = slices.Delete(s.waiting, 0, 1)
		return
	}
	if s.taken--; s.taken == 0 {
		delete(p.hosts, key)
	}
}

// giveUp leaves the queue, or gives back the slot that came at the same time.
func (p *limitPolicy) giveUp(key quota, w *waiter) {
	p.mu.Lock()
	s := p.hosts[key]
	i := slices.Index(s.waiting, w)
	if i >= 0 {
		s.waiting = slices.Delete(s.waiting, i, i+1)
	}
	p.mu.Unlock()
	if i < 0 {
		p.release(key)
	}
}

type slotBody struct {
	io.ReadCloser
	slot *slot
}

func (b *slotBody) Close() error {
	defer b.slot.release()
	return b.ReadCloser.Close()
}

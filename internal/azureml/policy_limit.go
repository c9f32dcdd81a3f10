package azureml

import (
	"context"
	"io"
	"net/http"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"golang.org/x/sync/semaphore"
)

// limitPolicy bounds how many calls of a host and subscription are in flight: a
// subscription whose calls wait at its gate holds up no other. A call holds its
// slot until its body is closed.
type limitPolicy struct {
	perHost int
	mu      sync.Mutex
	hosts   map[string]*slots // by gateKey
}

// slots are a host's, kept while anyone uses or waits for them: content lives
// on hosts that answers name, and there may be many.
type slots struct {
	sem   *semaphore.Weighted
	users int
}

func newLimitPolicy(perHost int) *limitPolicy {
	return &limitPolicy{perHost: perHost, hosts: map[string]*slots{}}
}

func (p *limitPolicy) Do(req *policy.Request) (*http.Response, error) {
	release, err := p.acquire(req.Raw().Context(), gateKey(req))
	if err != nil {
		return nil, err
	}
	resp, err := req.Next()
	if err != nil {
		release()
		return nil, err
	}
	resp.Body = &slotBody{ReadCloser: resp.Body, release: release}
	return resp, nil
}

// acquire waits for a slot; the function that it returns gives the slot back,
// however often it is called.
func (p *limitPolicy) acquire(ctx context.Context, key string) (func(), error) {
	s := p.enter(key)
	if err := s.sem.Acquire(ctx, 1); err != nil {
		p.leave(key, s)
		return nil, err
	}
	return sync.OnceFunc(func() {
		s.sem.Release(1)
		p.leave(key, s)
	}), nil
}

func (p *limitPolicy) enter(key string) *slots {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.hosts[key]
	if s == nil {
		s = &slots{sem: semaphore.NewWeighted(int64(p.perHost))}
		p.hosts[key] = s
	}
	s.users++
	return s
}

func (p *limitPolicy) leave(key string, s *slots) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.users--; s.users == 0 {
		delete(p.hosts, key)
	}
}

type slotBody struct {
	io.ReadCloser
	release func()
}

func (b *slotBody) Close() error {
	defer b.release()
	return b.ReadCloser.Close()
}

package azureml

import (
	"context"
	"io"
	"net/http"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"golang.org/x/sync/semaphore"
)

// limitPolicy bounds how many calls of a host are in flight. A call holds its
// slot until its body is closed.
type limitPolicy struct {
	perHost int
	mu      sync.Mutex
	hosts   map[string]*slots
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
	release, err := p.acquire(req.Raw().Context(), req.Raw().URL.Host)
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
func (p *limitPolicy) acquire(ctx context.Context, host string) (func(), error) {
	s := p.enter(host)
	if err := s.sem.Acquire(ctx, 1); err != nil {
		p.leave(host, s)
		return nil, err
	}
	return sync.OnceFunc(func() {
		s.sem.Release(1)
		p.leave(host, s)
	}), nil
}

func (p *limitPolicy) enter(host string) *slots {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.hosts[host]
	if s == nil {
		s = &slots{sem: semaphore.NewWeighted(int64(p.perHost))}
		p.hosts[host] = s
	}
	s.users++
	return s
}

func (p *limitPolicy) leave(host string, s *slots) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.users--; s.users == 0 {
		delete(p.hosts, host)
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

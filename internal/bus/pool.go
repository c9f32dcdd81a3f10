package bus

import (
	"context"
	"sync"
	"time"
)

// maxLinks bounds the links to a queue, in each direction.
const maxLinks = 8

// linkEnd bounds the polite end of a link that failed: on a dead connection
// nobody answers.
const linkEnd = 5 * time.Second

// closable is a sender or a receiver.
type closable interface {
	Close(ctx context.Context) error
}

// pool keeps the links to one queue, each used by one caller at a time.
//
// Callers that share a link would leak: azservicebus 1.11 opens it once for each
// of those that find it closed, when it is new and again after an outage, and
// loses all but the last with the goroutines that renew its claim.
type pool[T closable] struct {
	queue string
	open  func() (T, error) // does no I/O
	slots chan struct{}     // one taken for each link in use

	mu   sync.Mutex
	idle []T // the last one used is used next, so that few are kept awake
}

func newPool[T closable](queue string, open func() (T, error)) *pool[T] {
	return &pool[T]{queue: queue, open: open, slots: make(chan struct{}, maxLinks)}
}

// use calls f with a link that nobody else uses and classifies its error. A link
// that may be broken is closed, and the next caller gets a new one.
func (p *pool[T]) use(ctx context.Context, doing string, f func(T) error) error {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return classify(ctx, doing, p.queue, ctx.Err())
	}

	defer func() { <-p.slots }()

	l, err := p.take()
	if err != nil {
		return classify(ctx, doing, p.queue, err)
	}

	err = f(l)
	if broken(err) {
		drop(ctx, l)
	} else {
		p.put(l)
	}

	return classify(ctx, doing, p.queue, err)
}

func (p *pool[T]) take() (T, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.idle) - 1
	if last < 0 {
		return p.open()
	}
	l := p.idle[last]
	p.idle = p.idle[:last]
	return l, nil
}

func (p *pool[T]) put(l T) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, l)
}

// drop closes a link. Its error says nothing that the caller's does not.
func drop(ctx context.Context, l closable) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), linkEnd)
	defer cancel()
	_ = l.Close(ctx)
}

// pools are those of all queues. The zero value has none.
type pools[T closable] struct {
	mu      sync.Mutex
	byQueue map[string]*pool[T]
}

// of returns the queue's pool.
func (p *pools[T]) of(queue string, open func() (T, error)) *pool[T] {
	p.mu.Lock()
	defer p.mu.Unlock()
	if found, ok := p.byQueue[queue]; ok {
		return found
	}
	if p.byQueue == nil {
		p.byQueue = map[string]*pool[T]{}
	}
	made := newPool(queue, open)
	p.byQueue[queue] = made
	return made
}

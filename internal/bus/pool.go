package bus

import (
	"context"
	"sync"
	"time"
)

// maxLinks bounds the links to a queue, in each direction.
const maxLinks = 8

// closeTimeout bounds the closing of a failed link. On a dead connection the closing
// handshake gets no answer.
const closeTimeout = 5 * time.Second

// closable is a sender or a receiver.
type closable interface {
	Close(ctx context.Context) error
}

// pool keeps the links to one queue. Each link is used by one caller at a time.
//
// Sharing a link would leak goroutines. When several callers find it closed, because
// it is new or after an outage, azservicebus 1.11 opens it once for each of them. It
// then forgets all of these links but the last, and the goroutines that renew their
// claims keep running.
type pool[T closable] struct {
	queue string
	open  func() (T, error) // does no I/O
	slots chan struct{}     // one taken for each link in use

	mu   sync.Mutex
	idle []T // used last in, first out, so that few stay active
}

func newPool[T closable](queue string, open func() (T, error)) *pool[T] {
	return &pool[T]{queue: queue, open: open, slots: make(chan struct{}, maxLinks)}
}

// use calls f with a link of its own and classifies f's error. It closes a link that
// may be broken, so that the next caller gets a new one.
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

// drop closes a link that failed. An error of Close adds nothing to the caller's.
func drop(ctx context.Context, l closable) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	_ = l.Close(ctx)
}

// pools are the pools of all queues. The zero value has none.
type pools[T closable] struct {
	mu      sync.Mutex
	byQueue map[string]*pool[T]
}

// of returns the pool of a queue, and creates it on first use.
func (p *pools[T]) of(queue string, open func() (T, error)) *pool[T] {
	p.mu.Lock()
	defer p.mu.Unlock()
	if found, ok := p.byQueue[queue]; ok {
		return found
	}
	if p.byQueue == nil {
		p.byQueue = map[string]*pool[T]{}
	}
	created := newPool(queue, open)
	p.byQueue[queue] = created
	return created
}

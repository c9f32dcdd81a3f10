package upstream

import (
	"context"
	"sync"
	"time"
)

// work is a piece of work of several calls, of which nothing is kept unless all
// are made: a task's chunk.
type work struct {
	since time.Time
	mu    sync.Mutex
	seats map[seat]func() // each with what gives it back
}

// seat is a place at a gate.
type seat struct {
	policy *gatePolicy
	key    string
}

type workKey struct{}

// WithWork marks the calls on a context as one piece of work, until end is
// called. While the upstream throttles, only a few pieces of work of a
// subscription are let in; the first call of any other is Throttled at once, when
// nothing is lost by coming again later. What is let in may wait for longer.
func WithWork(ctx context.Context) (_ context.Context, end func()) {
	w := &work{since: time.Now(), seats: map[seat]func(){}}
	return context.WithValue(ctx, workKey{}, w), w.end
}

func workOf(ctx context.Context) *work {
	w, _ := ctx.Value(workKey{}).(*work)
	return w
}

// began says when the work began; zero for no work.
func (w *work) began() time.Time {
	if w == nil {
		return time.Time{}
	}
	return w.since
}

// take gives the work a seat unless it has it; leave gives it back.
func (w *work) take(s seat, sit func() (leave func(), err error)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seats[s] != nil {
		return nil
	}
	leave, err := sit()
	if err == nil {
		w.seats[s] = leave
	}
	return err
}

func (w *work) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, leave := range w.seats {
		leave()
	}
	clear(w.seats)
}

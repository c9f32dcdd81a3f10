package upstream

import (
	"context"
	"sync"
	"time"
)

// work is a piece of work of several calls: what one call has read is kept only if
// all are made.
type work struct {
	since  time.Time
	mu     sync.Mutex
	leaves map[entrance]func() // how it leaves each gate that has admitted it
}

// entrance is where work enters a gate.
type entrance struct {
	policy *gatePolicy
	key    quota
}

type workKey struct{}

// WithWork marks the calls on a context as one piece of work, until end is
// called. While the upstream throttles, only a few pieces of work of a quota are
// admitted, and their calls may wait for longer. The first call of any other piece is
// Throttled at once, since it has nothing to lose yet by coming back later.
func WithWork(ctx context.Context) (_ context.Context, end func()) {
	w := &work{since: time.Now(), leaves: map[entrance]func(){}}
	return context.WithValue(ctx, workKey{}, w), w.end
}

func workOf(ctx context.Context) *work {
	w, _ := ctx.Value(workKey{}).(*work)
	return w
}

// began returns when the work began; zero for a lone call.
func (w *work) began() time.Time {
	if w == nil {
		return time.Time{}
	}
	return w.since
}

// enter has the work admitted at a gate, unless it already is.
func (w *work) enter(at entrance) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.leaves[at] != nil {
		return nil
	}

	leave, err := at.policy.admit(at.key)
	if err != nil {
		return err
	}
	w.leaves[at] = leave
	return nil
}

func (w *work) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, leave := range w.leaves {
		leave()
	}
	clear(w.leaves)
}

package fanout

import (
	"context"
	"sync"
	"time"

	"azureml-dsr/internal/dsr"
)

// nudgedAttempts bounds what a nudger remembers.
const nudgedAttempts = 1024

// Nudger schedules the closer's checks. A process sends one nudge per attempt
// and second: a thousand tasks that end in one second are one message.
type Nudger struct {
	queue Queue
	now   func() time.Time

	mu   sync.Mutex
	last map[dsr.Attempt]int64
}

// NewNudger makes a nudger.
func NewNudger(q Queue, now func() time.Time) *Nudger {
	return &Nudger{queue: q, now: now, last: map[dsr.Attempt]int64{}}
}

// Nudge asks for a check at the next whole second.
func (n *Nudger) Nudge(ctx context.Context, a dsr.Attempt) error {
	return n.At(ctx, a, n.now().Truncate(time.Second).Add(time.Second))
}

// Follow asks for a check that follows a nudge: at a time, but in a second later than
// the nudge's own and later than now. So the name of what follows was not used before
// by what it follows, and a chain never ends because its name was.
func (n *Nudger) Follow(ctx context.Context, nudge dsr.Nudge, at time.Time) error {
	second := max(at.Unix(), nudge.Second+1, n.now().Unix()+1)
	return n.At(ctx, nudge.Of(), time.Unix(second, 0))
}

// At asks for a check in a second.
func (n *Nudger) At(ctx context.Context, a dsr.Attempt, at time.Time) error {
	second := at.Unix()
	if n.sent(a, second) {
		return nil
	}
	m, err := dsr.NudgeMessage(a, at)
	if err != nil {
		return err
	}
	if err := n.queue.Send(ctx, dsr.QueueClosings, m); err != nil {
		return err
	}
	n.remember(a, second)
	return nil
}

func (n *Nudger) sent(a dsr.Attempt, second int64) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	last, ok := n.last[a]
	return ok && last == second
}

func (n *Nudger) remember(a dsr.Attempt, second int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.last) >= nudgedAttempts {
		clear(n.last)
	}
	n.last[a] = second
}

// Package wakeup asks for checks of attempts. A wake-up is a message of the queue
// dsr-closings; its stored and wire name is nudge. It carries nothing but the name of
// the attempt, so it may be late, lost or doubled.
package wakeup

import (
	"context"
	"sync"
	"time"

	"azureml-dsr/internal/dsr"
)

// maxRemembered bounds the attempts that a Sender remembers.
const maxRemembered = 1024

// Queue sends messages.
type Queue interface {
	Send(ctx context.Context, queue string, messages ...dsr.Message) error
}

// Sender schedules checks. It sends one wake-up per attempt and second: a thousand
// tasks that end in one second cost one message. It is safe for concurrent use.
type Sender struct {
	queue Queue
	now   func() time.Time

	mu   sync.Mutex
	last map[dsr.Attempt]int64 // the second of the last wake-up
}

// New returns a Sender to a queue. now is the clock.
func New(q Queue, now func() time.Time) *Sender {
	return &Sender{queue: q, now: now, last: map[dsr.Attempt]int64{}}
}

// Wake asks for a check at the next whole second.
func (s *Sender) Wake(ctx context.Context, a dsr.Attempt) error {
	return s.At(ctx, a, s.now().Truncate(time.Second).Add(time.Second))
}

// Follow asks for a check after the one that a wake-up asked for. The check comes at a
// time, but in a second later than the wake-up's own and later than now. The name of a
// wake-up says its second, so the queue never takes the next one for a duplicate.
func (s *Sender) Follow(ctx context.Context, before dsr.WakeUp, at time.Time) error {
	second := max(at.Unix(), before.Second+1, s.now().Unix()+1)
	return s.At(ctx, before.Of(), time.Unix(second, 0))
}

// At asks for a check in a second.
func (s *Sender) At(ctx context.Context, a dsr.Attempt, at time.Time) error {
	second := at.Unix()
	if s.sent(a, second) {
		return nil
	}

	m, err := dsr.WakeUpMessage(a, at)
	if err != nil {
		return err
	}
	if err := s.queue.Send(ctx, dsr.QueueClosings, m); err != nil {
		return err
	}

	s.remember(a, second)

	return nil
}

func (s *Sender) sent(a dsr.Attempt, second int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, ok := s.last[a]
	return ok && last == second
}

func (s *Sender) remember(a dsr.Attempt, second int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.last) >= maxRemembered {
		clear(s.last)
	}
	s.last[a] = second
}

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

// Sender schedules checks. It sends one wake-up per attempt and time: a thousand
// tasks that end in one second cost one message. It is safe for concurrent use.
type Sender struct {
	queue Queue
	now   func() time.Time

	mu   sync.Mutex
	last map[dsr.Attempt]time.Time // when the last wake-up is for
}

// New returns a Sender to a queue. now is the clock.
func New(q Queue, now func() time.Time) *Sender {
	return &Sender{queue: q, now: now, last: map[dsr.Attempt]time.Time{}}
}

// Wake asks for a check at the next whole second.
func (s *Sender) Wake(ctx context.Context, a dsr.Attempt) error {
	return s.At(ctx, a, s.now().Truncate(time.Second).Add(time.Second))
}

// later is how far apart the checks are that WakeLater asks for.
const later = 5 * time.Second

// WakeLater asks for a check at the next multiple of five seconds. It is for who has
// reason to think that there is more to do: a check meanwhile would only cost.
func (s *Sender) WakeLater(ctx context.Context, a dsr.Attempt) error {
	return s.At(ctx, a, s.now().Truncate(later).Add(later))
}

// WakeSoon asks for a check at the next tick: it is for who has reason to think that
// nothing is left to do. Like Wake it names a time that has not come, so that nobody
// can have looked before what the caller has recorded.
func (s *Sender) WakeSoon(ctx context.Context, a dsr.Attempt) error {
	return s.At(ctx, a, s.now().Truncate(dsr.WakeUpTick).Add(dsr.WakeUpTick))
}

// Follow asks for a check after the one that a wake-up asked for. The check comes at a
// time, but in a tick later than the wake-up's own and later than now. The name of a
// wake-up says its tick, so the queue never takes the next one for a duplicate.
func (s *Sender) Follow(ctx context.Context, before dsr.WakeUp, at time.Time) error {
	earliest := before.At()
	if now := s.now().Truncate(dsr.WakeUpTick); now.After(earliest) {
		earliest = now
	}
	earliest = earliest.Add(dsr.WakeUpTick)

	at = at.Add(dsr.WakeUpTick - 1).Truncate(dsr.WakeUpTick)
	if at.Before(earliest) {
		at = earliest
	}

	return s.At(ctx, before.Of(), at)
}

// At asks for a check in a tick.
func (s *Sender) At(ctx context.Context, a dsr.Attempt, at time.Time) error {
	at = at.Truncate(dsr.WakeUpTick)
	if s.sent(a, at) {
		return nil
	}

	m, err := dsr.WakeUpMessage(a, at)
	if err != nil {
		return err
	}
	if err := s.queue.Send(ctx, dsr.QueueClosings, m); err != nil {
		return err
	}

	s.remember(a, at)

	return nil
}

func (s *Sender) sent(a dsr.Attempt, at time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, ok := s.last[a]
	return ok && last.Equal(at)
}

func (s *Sender) remember(a dsr.Attempt, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.last) >= maxRemembered {
		clear(s.last)
	}
	s.last[a] = at
}

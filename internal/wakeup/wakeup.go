// Package wakeup asks for checks of attempts. A wake-up is a message of the queue
// dsr-closings. It carries nothing but the name of the attempt and whether that may be
// done, so it may be late, lost or doubled.
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
	sent map[dsr.Attempt]sent // the latest wake-up of each
}

// sent is what a wake-up was for.
type sent struct {
	at   time.Time
	last bool
}

// covers reports whether a wake-up would say nothing that was not said.
func (s sent) covers(at time.Time, last bool) bool { return s.at.Equal(at) && (s.last || !last) }

// New returns a Sender to a queue. now is the clock.
func New(q Queue, now func() time.Time) *Sender {
	return &Sender{queue: q, now: now, sent: map[dsr.Attempt]sent{}}
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
	return s.send(ctx, a, s.now().Truncate(dsr.WakeUpTick).Add(dsr.WakeUpTick), true)
}

// Follow asks for a check in place of the one that a wake-up asked for. The check comes at a
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

	return s.send(ctx, before.Of(), at, before.Last)
}

// At asks for a check in a tick.
func (s *Sender) At(ctx context.Context, a dsr.Attempt, at time.Time) error {
	return s.send(ctx, a, at, false)
}

func (s *Sender) send(ctx context.Context, a dsr.Attempt, at time.Time, last bool) error {
	at = at.Truncate(dsr.WakeUpTick)
	if s.covered(a, at, last) {
		return nil
	}

	message := dsr.WakeUpMessage
	if last {
		message = dsr.LastWakeUpMessage
	}
	m, err := message(a, at)
	if err != nil {
		return err
	}
	if err := s.queue.Send(ctx, dsr.QueueClosings, m); err != nil {
		return err
	}

	s.remember(a, at, last)

	return nil
}

func (s *Sender) covered(a dsr.Attempt, at time.Time, last bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, ok := s.sent[a]
	return ok && before.covers(at, last)
}

func (s *Sender) remember(a dsr.Attempt, at time.Time, last bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sent) >= maxRemembered {
		clear(s.sent)
	}
	s.sent[a] = sent{at: at, last: last}
}

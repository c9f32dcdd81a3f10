package queue

import (
	"errors"
	"time"
)

// Errors of a queue's calls.
var (
	// ErrFull says that messages would take the queue above its bound.
	ErrFull = errors.New("queue: full")
	// ErrLockLost says that a token proves no lock: it expired, or the message
	// was settled.
	ErrLockLost = errors.New("queue: the lock is lost")
	// ErrNotFound says that no scheduled or deferred message has such a sequence
	// number.
	ErrNotFound = errors.New("queue: no such message")
	// ErrDeadAlready says that a message of a dead-letter queue can't be
	// dead-lettered.
	ErrDeadAlready = errors.New("queue: the message is in a dead-letter queue already")
)

// Send takes all the messages or none and returns their sequence numbers. A
// message whose id was sent within the duplicate window is dropped silently; its
// number is that of the first one.
func (q *Queue) Send(messages ...Message) ([]int64, error) {
	now := q.enter()
	defer q.leave(now)

	var size int64
	for _, m := range messages {
		size += int64(m.Size)
	}
	if q.full(size) {
		return nil, ErrFull
	}

	seqs := make([]int64, 0, len(messages))
	for i := range messages {
		seqs = append(seqs, q.send(&messages[i], now))
	}

	return seqs, nil
}

func (q *Queue) send(m *Message, now moment) int64 {
	it := &item{
		id:       m.ID,
		payload:  m.Payload,
		size:     int64(m.Size),
		ttl:      q.shorter(m.TTL),
		enqueued: now,
		event:    none,
	}
	if !q.number(it, now) {
		return it.seq
	}

	if !m.ScheduledFor.IsZero() {
		it.scheduled = q.clock.moment(m.ScheduledFor)
	}

	if it.scheduled <= now {
		q.admit(it)
		return it.seq
	}

	it.state = Scheduled
	q.all.insert(it)
	q.bytes += it.size
	q.counts[Scheduled]++
	q.setDue(it, it.scheduled)

	return it.seq
}

// number sets the sequence number of a message and reports whether the message is
// new; a duplicate gets the number of the first one.
func (q *Queue) number(it *item, now moment) bool {
	if q.opts.DuplicateWindow > 0 {
		q.recent.forget(now, q.opts.DuplicateWindow)
		if seq, ok := q.recent.seqs[it.id]; ok {
			it.seq = seq
			return false
		}
	}
	it.seq = q.next()
	if q.opts.DuplicateWindow > 0 {
		q.recent.add(it.id, it.seq, now)
	}
	return true
}

// shorter returns the time to live of a message that asks for ttl; 0 is for ever.
func (q *Queue) shorter(ttl time.Duration) time.Duration {
	if q.opts.TTL > 0 && (ttl <= 0 || ttl > q.opts.TTL) {
		return q.opts.TTL
	}
	return ttl
}

// Cancel removes scheduled messages, all of them or none: [ErrNotFound].
func (q *Queue) Cancel(seqs ...int64) error {
	now := q.enter()
	defer q.leave(now)
	found, err := q.find(seqs, func(it *item) bool { return it.state == Scheduled })
	if err != nil {
		return err
	}
	for _, it := range found {
		q.drop(it)
	}
	return nil
}

// find returns the messages with the given numbers, each once, if all are there
// and as they should be.
func (q *Queue) find(seqs []int64, fits func(*item) bool) ([]*item, error) {
	found := make([]*item, 0, len(seqs))
	seen := make(map[int64]bool, len(seqs))
	for _, seq := range seqs {
		if seen[seq] {
			continue
		}

		seen[seq] = true
		it := q.all.get(seq)
		if it == nil || !fits(it) {
			return nil, ErrNotFound
		}

		found = append(found, it)
	}

	return found, nil
}

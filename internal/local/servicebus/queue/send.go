package queue

import (
	"errors"
	"slices"
	"time"
)

// Errors of a queue's calls.
var (
	// ErrFull says that messages would take the queue above its bound.
	ErrFull = errors.New("queue: full")
	// ErrLockLost says that a token proves no lock: it expired, or the message
	// was settled.
	ErrLockLost = errors.New("queue: the lock is lost")
	// ErrNotFound says that no scheduled message has such a sequence number.
	ErrNotFound = errors.New("queue: no such message")
	// ErrDeadAlready says that a message of a dead-letter queue can't be
	// dead-lettered.
	ErrDeadAlready = errors.New("queue: the message is in a dead-letter queue already")
)

// Send takes all the messages or none and returns their sequence numbers. A
// message whose id was sent within the duplicate window is dropped without a
// word and answered with the number of the first one.
func (q *Queue) Send(messages ...Message) ([]int64, error) {
	now := q.enter()
	defer q.leave(now)
	var size int64
	for _, m := range messages {
		size += int64(m.Size)
	}
	if q.opts.MaxBytes > 0 && q.bytes+size > q.opts.MaxBytes {
		return nil, ErrFull
	}
	q.recent.forget(now, q.opts.DuplicateWindow)
	seqs := make([]int64, 0, len(messages))
	for _, m := range messages {
		seqs = append(seqs, q.send(m, now))
	}
	return seqs, nil
}

func (q *Queue) send(m Message, now time.Time) int64 {
	if seq, ok := q.recent.seqs[m.ID]; ok {
		return seq
	}
	if q.opts.TTL > 0 && (m.TTL <= 0 || m.TTL > q.opts.TTL) {
		m.TTL = q.opts.TTL
	}
	it := &item{Message: m, size: int64(m.Size), seq: q.next(), enqueued: now, event: none}
	if q.opts.DuplicateWindow > 0 {
		q.recent.add(m.ID, it.seq, now)
	}
	q.all.insert(it)
	q.bytes += it.size
	if m.ScheduledFor.After(now) {
		it.state = Scheduled
		q.setDue(it, m.ScheduledFor)
	} else {
		q.ready(it)
	}
	q.counts[it.state]++
	return it.seq
}

// Cancel removes scheduled messages, all of them or none: [ErrNotFound].
func (q *Queue) Cancel(seqs ...int64) error {
	now := q.enter()
	defer q.leave(now)
	found := make([]*item, 0, len(seqs))
	for _, seq := range seqs {
		it := q.all.get(seq)
		if it == nil || it.state != Scheduled {
			return ErrNotFound
		}
		if !slices.Contains(found, it) {
			found = append(found, it)
		}
	}
	for _, it := range found {
		q.drop(it)
	}
	return nil
}

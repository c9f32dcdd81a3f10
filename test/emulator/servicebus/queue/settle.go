package queue

import "time"

// Outcome is what a receiver makes of a locked message.
type Outcome int

// The outcomes of a delivery.
const (
	// Complete removes the message.
	Complete Outcome = iota
	// Abandon returns the message to its place in the queue and counts the delivery
	// as failed.
	Abandon
	// Release returns the message to its place and counts nothing.
	Release
	// DeadLetter moves the message to the dead-letter queue.
	DeadLetter
	// Defer sets the message aside: only [Queue.ReceiveDeferred] and
	// [Queue.TakeDeferred] get it from now on.
	Defer
)

// Settle ends the locks that the tokens prove, all or none: [ErrLockLost],
// [ErrDeadAlready]. Properties are added to the message unless it is completed
// or released.
func (q *Queue) Settle(outcome Outcome, properties []Property, tokens ...Token) error {
	now := q.enter()
	defer q.leave(now)
	if outcome == DeadLetter && q.dead == nil {
		return ErrDeadAlready
	}
	items, err := q.locked(tokens)
	if err != nil {
		return err
	}

	for _, it := range items {
		q.settle(it, outcome, properties)
	}

	return nil
}

func (q *Queue) settle(it *item, outcome Outcome, properties []Property) {
	switch outcome {
	case Complete:
		q.drop(it)
	case Abandon:
		it.add(properties)
		q.failed(it)
	case Release:
		q.returned(it)
	case DeadLetter:
		q.deadLetter(it, properties)
	case Defer:
		it.add(properties)
		it.setAside = true
		q.returned(it)
	}
}

// Expire ends locks as if they had expired. Tokens of lost locks are ignored.
func (q *Queue) Expire(tokens ...Token) {
	now := q.enter()
	defer q.leave(now)
	for _, t := range tokens {
		if it, ok := q.locks[t]; ok {
			q.failed(it)
		}
	}
}

// Renew locks messages for the queue's lock duration from now on, all or none
// ([ErrLockLost]), and returns until when.
func (q *Queue) Renew(tokens ...Token) (time.Time, error) {
	now := q.enter()
	defer q.leave(now)
	items, err := q.locked(tokens)
	if err != nil {
		return time.Time{}, err
	}
	until := now + moment(q.opts.LockDuration)
	for _, it := range items {
		q.setDue(it, until)
	}
	return q.clock.time(until), nil
}

// locked finds the messages that the tokens lock. A token that comes twice is
// found once.
func (q *Queue) locked(tokens []Token) ([]*item, error) {
	items := make([]*item, 0, len(tokens))
	seen := make(map[Token]bool, len(tokens))
	for _, t := range tokens {
		it, ok := q.locks[t]
		if !ok {
			return nil, ErrLockLost
		}
		if !seen[t] {
			seen[t] = true
			items = append(items, it)
		}
	}

	return items, nil
}

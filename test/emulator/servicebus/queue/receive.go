package queue

import (
	"container/heap"

	"github.com/google/uuid"
)

// Receive locks the oldest active message; false if there is none.
func (q *Queue) Receive() (Delivery, bool) {
	now := q.enter()
	defer q.leave(now)
	if len(q.active) == 0 {
		return Delivery{}, false
	}
	it := heap.Pop(&q.active).(*item)
	q.lock(it, now)
	return it.delivery(q.clock), true
}

// lock locks a message that the caller has removed from those that others can get.
func (q *Queue) lock(it *item, now moment) {
	q.counts[it.state]--
	q.counts[Locked]++
	it.state, it.token = Locked, Token(uuid.New())
	q.locks[it.token] = it
	q.setDue(it, now+moment(q.opts.LockDuration))
}

// Take removes the oldest active message; false if there is none.
func (q *Queue) Take() (Delivery, bool) {
	now := q.enter()
	defer q.leave(now)
	if len(q.active) == 0 {
		return Delivery{}, false
	}
	it := q.active[0]
	d := it.delivery(q.clock)
	q.drop(it)
	return d, true
}

// Peek returns up to limit messages of any state from sequence number from on, in
// order, and locks nothing.
func (q *Queue) Peek(from int64, limit int) []Delivery {
	now := q.enter()
	defer q.leave(now)
	var seen []Delivery
	for i := q.all.find(from); i < len(q.all.items) && len(seen) < limit; i++ {
		if it := q.all.items[i]; !it.gone {
			seen = append(seen, it.delivery(q.clock))
		}
	}
	return seen
}

// Counts is how many messages a queue holds.
type Counts struct {
	Active     int // ready to be received
	Locked     int
	Scheduled  int
	DeadLetter int // in the dead-letter queue, whatever their state
	Deferred   int // set aside and not locked
}

// Counts returns how many messages the queue holds now.
func (q *Queue) Counts() Counts {
	now := q.enter()
	defer q.leave(now)
	c := Counts{
		Active:    q.counts[Active],
		Locked:    q.counts[Locked],
		Scheduled: q.counts[Scheduled],
		Deferred:  q.counts[Deferred],
	}
	if q.dead != nil {
		d := q.dead.Counts()
		c.DeadLetter = d.Active + d.Locked + d.Deferred
	}
	return c
}

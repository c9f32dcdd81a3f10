package queue

import "container/heap"

// advance does what is due, in the order in which it became due.
func (q *Queue) advance(now moment) {
	for len(q.events) > 0 && q.events[0].due <= now {
		it := q.events[0]
		switch it.state {
		case Scheduled:
			q.activate(it, now)
		case Locked:
			q.failed(it)
		case Active:
			q.expired(it)
		}
	}
}

// activate appends a scheduled message as if it were sent now.
func (q *Queue) activate(it *item, now moment) {
	sent := *it
	q.drop(it)
	sent.seq, sent.enqueued, sent.event = q.next(), now, none
	q.admit(&sent)
}

// admit lets a new message in as an active one: here, or where it is forwarded.
func (q *Queue) admit(it *item) {
	if q.forward != nil {
		q.forward.take(it, "")
		return
	}
	q.all.insert(it)
	q.bytes += it.size
	q.counts[Active]++
	q.ready(it)
}

// ready puts a message in its place among those that can be received. It has
// been counted.
func (q *Queue) ready(it *item) {
	it.state, it.token = Active, Token{}
	heap.Push(&q.active, it)
	q.setDue(it, it.expires())
	q.fresh = true
}

// failed ends the lock of a delivery that failed, which counts except in a
// dead-letter queue.
func (q *Queue) failed(it *item) {
	if q.dead != nil {
		it.deliveries++
		if q.opts.MaxDeliveryCount > 0 && it.deliveries >= q.opts.MaxDeliveryCount {
			q.deadLetter(it, maxDeliveries(it.deliveries))
			return
		}
	}

	q.returned(it)
}

// returned ends a lock without settling the message.
func (q *Queue) returned(it *item) {
	delete(q.locks, it.token)
	q.counts[Locked]--
	if it.setAside {
		it.state, it.token = Deferred, Token{}
		q.counts[Deferred]++
		q.setDue(it, 0)
		return
	}

	q.counts[Active]++
	q.ready(it)
}

// expired ends a message that waited too long.
func (q *Queue) expired(it *item) {
	if q.opts.DeadLetterExpired {
		q.deadLetter(it, outlived())
		return
	}
	q.drop(it)
}

// drop removes a message in any state, and empties it: the item itself may stay in
// q.all for a while.
func (q *Queue) drop(it *item) {
	q.all.remove(it)
	q.setDue(it, 0)
	if it.state == Active {
		heap.Remove(&q.active, int(it.place))
	}
	delete(q.locks, it.token)
	q.counts[it.state]--
	q.bytes -= it.size
	it.payload, it.id, it.history = nil, "", nil
}

// deadLetter moves a message to the dead-letter queue, where it keeps sequence
// number, enqueued time and delivery count, or to where dead letters are forwarded.
func (q *Queue) deadLetter(it *item, why []Property) {
	it.add(why)
	moved := *it
	q.drop(it)
	if q.deadTo != nil {
		q.deadTo.take(&moved, q.opts.Name)
		return
	}

	moved.kept, moved.setAside, moved.event, moved.due = true, false, none, 0
	d := q.dead
	now := d.enter()
	defer d.leave(now)

	d.all.insert(&moved)
	d.counts[Active]++
	d.bytes += moved.size
	d.ready(&moved)
}

// setDue says when a message changes by itself; 0 is never.
func (q *Queue) setDue(it *item, due moment) {
	it.due = due
	switch {
	case due == 0 && it.event != none:
		heap.Remove(&q.events, int(it.event))
		it.event = none
	case due == 0:
	case it.event != none:
		heap.Fix(&q.events, int(it.event))
	default:
		heap.Push(&q.events, it)
	}
}

func (q *Queue) next() int64 {
	q.lastSeq++
	return q.lastSeq
}

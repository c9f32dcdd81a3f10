package queue

// Forward has what becomes active in q moved to messages, and what is
// dead-lettered there to dead; nil keeps it. Call it before q is used. No way
// along forwarding may lead back to where it began: queues are locked along it.
func (q *Queue) Forward(messages, dead *Queue) { q.forward, q.deadTo = messages, dead }

// Forwards reports whether q's messages are moved on, so that there is nothing
// to receive.
func (q *Queue) Forwards() bool { return q.forward != nil }

// take lets in what another queue forwards: as if it were sent now, but with its
// past. source is the queue that dead-lettered it, "" if none did.
func (q *Queue) take(it *item, source string) {
	now := q.enter()
	defer q.leave(now)

	past := it.past()
	if past.original == 0 {
		past.original = it.seq
	}
	if source != "" {
		past.source = source
	}

	moved := &item{
		id:        it.id,
		payload:   it.payload,
		size:      it.size,
		ttl:       q.shorter(it.ttl),
		enqueued:  now,
		scheduled: it.scheduled,
		history:   &past,
		event:     none,
	}
	if q.number(moved, now) {
		q.admit(moved)
	}
}

// full reports whether size more bytes are too many, here or anywhere along the
// way.
func (q *Queue) full(size int64) bool {
	if q.opts.MaxBytes > 0 && q.bytes+size > q.opts.MaxBytes {
		return true
	}
	if q.forward == nil {
		return false
	}
	q.forward.mu.Lock()
	defer q.forward.mu.Unlock()
	return q.forward.full(size)
}

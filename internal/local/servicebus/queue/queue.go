package queue

import (
	"container/heap"
	"sync"
	"time"
)

// Options says how a queue behaves.
type Options struct {
	// LockDuration is how long a received message stays locked.
	LockDuration time.Duration
	// MaxDeliveryCount is after how many failed deliveries a message is
	// dead-lettered; 0 is never.
	MaxDeliveryCount uint32
	// TTL bounds how long a message waits; 0 is for ever. A message may ask for
	// less, not for more.
	TTL time.Duration
	// DeadLetterExpired keeps what outlived its TTL in the dead-letter queue;
	// else it is dropped.
	DeadLetterExpired bool
	// DuplicateWindow is how long a message id is remembered; 0 is not at all.
	DuplicateWindow time.Duration
	// MaxBytes bounds the sizes of all messages together; 0 is no bound.
	MaxBytes int64
}

// Queue is a queue with its dead-letter queue. Make one with [New].
//
// Locks: a queue's mutex may be held while its dead-letter queue's is taken,
// never the other way round. Neither is held over anything that waits.
type Queue struct {
	opts Options
	dead *Queue // nil for a dead-letter queue

	mu       sync.Mutex
	all      ordered         // every message, by sequence number
	active   bySequence      // what can be received
	events   byDue           // what changes by itself, soonest first
	locks    map[Token]*item // what is locked
	recent   history         // ids within the duplicate window
	wakers   map[int]func()  // whom to tell that something became active
	counts   [numStates]int  // messages in each state
	bytes    int64           // their sizes
	lastSeq  int64           // the last sequence number given
	nextWake int             // the next key of wakers
	fresh    bool            // something became active since the last wake
	timer    *time.Timer     // fires for events[0]; nil until first needed
	armed    time.Time       // what timer is set for; zero is not at all
	closed   bool
}

// New makes an empty queue. It owns a timer: close it.
func New(opts Options) *Queue {
	q := empty(opts)
	// Nothing leaves a dead-letter queue by count or age.
	q.dead = empty(Options{LockDuration: opts.LockDuration})
	return q
}

func empty(opts Options) *Queue {
	return &Queue{opts: opts, locks: map[Token]*item{}, wakers: map[int]func(){}}
}

// DeadLetter returns the dead-letter queue; nil if q is one itself.
func (q *Queue) DeadLetter() *Queue { return q.dead }

// Close stops the timers. Nothing happens by itself afterwards.
func (q *Queue) Close() {
	if q.dead != nil {
		q.dead.Close()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	if q.timer != nil {
		q.timer.Stop()
	}
}

// Subscribe has wake called whenever a message becomes ready to be received,
// until cancel is called. wake runs while the queue is locked: it must not
// wait and must not call the queue.
func (q *Queue) Subscribe(wake func()) (cancel func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	key := q.nextWake
	q.nextWake++
	q.wakers[key] = wake
	return func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		delete(q.wakers, key)
	}
}

// enter locks the queue and brings it up to now. Pair it with leave.
func (q *Queue) enter() time.Time {
	q.mu.Lock()
	now := time.Now()
	q.advance(now)
	return now
}

// leave settles what the caller's change made due, tells who waits, sets the
// timer and unlocks.
func (q *Queue) leave(now time.Time) {
	q.advance(now)
	if q.fresh {
		q.fresh = false
		for _, wake := range q.wakers {
			wake()
		}
	}
	q.arm(now)
	q.mu.Unlock()
}

func (q *Queue) arm(now time.Time) {
	if q.closed {
		return
	}
	if len(q.events) == 0 {
		if q.timer != nil {
			q.timer.Stop()
		}
		q.armed = time.Time{}
		return
	}
	due := q.events[0].due
	if due.Equal(q.armed) {
		return
	}
	q.armed = due
	if q.timer == nil {
		q.timer = time.AfterFunc(due.Sub(now), q.tick)
		return
	}
	q.timer.Reset(due.Sub(now))
}

func (q *Queue) tick() {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return
	}
	q.armed = time.Time{} // it has fired
	now := time.Now()
	q.leave(now)
}

// advance does what is due, in the order in which it became due.
func (q *Queue) advance(now time.Time) {
	for len(q.events) > 0 && !q.events[0].due.After(now) {
		it := q.events[0]
		switch it.state {
		case Scheduled:
			q.activate(it, now)
		case Locked:
			q.returned(it, true)
		case Active:
			q.expired(it)
		}
	}
}

// activate appends a scheduled message as if it were sent now.
func (q *Queue) activate(it *item, now time.Time) {
	q.all.remove(it)
	it = &item{Message: it.Message, size: it.size, enqueued: now, properties: it.properties, event: it.event}
	q.events[it.event] = it
	it.seq = q.next()
	q.all.insert(it)
	q.counts[Scheduled]--
	q.counts[Active]++
	q.ready(it)
}

// ready puts a message in its place among those that can be received. Its
// state has been counted.
func (q *Queue) ready(it *item) {
	it.state, it.token = Active, Token{}
	heap.Push(&q.active, it)
	q.setDue(it, it.expires())
	q.fresh = true
}

// returned ends a lock without settling it. A failed delivery counts, except in
// a dead-letter queue.
func (q *Queue) returned(it *item, failed bool) {
	delete(q.locks, it.token)
	if failed && q.dead != nil {
		it.deliveries++
		if q.opts.MaxDeliveryCount > 0 && it.deliveries >= q.opts.MaxDeliveryCount {
			q.bury(it, maxDeliveries(it.deliveries))
			return
		}
	}
	q.counts[Locked]--
	q.counts[Active]++
	q.ready(it)
}

// expired ends a message that waited too long.
func (q *Queue) expired(it *item) {
	if q.opts.DeadLetterExpired {
		q.bury(it, outlived())
		return
	}
	q.drop(it)
}

// drop forgets a message in whatever state it is.
func (q *Queue) drop(it *item) {
	q.all.remove(it)
	q.setDue(it, time.Time{})
	if it.state == Active {
		heap.Remove(&q.active, it.place)
	}
	delete(q.locks, it.token)
	q.counts[it.state]--
	q.bytes -= it.size
}

// bury moves a message to the dead-letter queue. It keeps sequence number,
// enqueued time and delivery count.
func (q *Queue) bury(it *item, why []Property) {
	q.drop(it)
	moved := &item{
		Message: it.Message, size: it.size, seq: it.seq, enqueued: it.enqueued,
		deliveries: it.deliveries, properties: merge(it.properties, why), event: none,
	}
	moved.kept = true
	d := q.dead
	now := d.enter()
	defer d.leave(now)
	d.all.insert(moved)
	d.counts[Active]++
	d.bytes += moved.size
	d.ready(moved)
}

// setDue says when a message changes by itself; the zero time is never.
func (q *Queue) setDue(it *item, due time.Time) {
	it.due = due
	switch {
	case due.IsZero() && it.event != none:
		heap.Remove(&q.events, it.event)
		it.event = none
	case due.IsZero():
	case it.event != none:
		heap.Fix(&q.events, it.event)
	default:
		heap.Push(&q.events, it)
	}
}

func (q *Queue) next() int64 {
	q.lastSeq++
	return q.lastSeq
}

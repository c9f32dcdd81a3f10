package queue

import (
	"sync"
	"time"
)

// Options says how a queue behaves.
type Options struct {
	// Name is told to receivers of dead letters that the queue forwards.
	Name string
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
	// MaxBytes bounds the sizes of all messages together; 0 is no bound. What
	// other queues forward is taken above it, for it is there already.
	MaxBytes int64
	// Clock is the time that the queue goes by. Nil: package time's.
	Clock *Clock
}

// Queue is a queue with its dead-letter queue. Make one with [New].
//
// Locks: a queue's mutex may be held while those of its dead-letter queue and of
// the queues that it forwards to are taken, never the other way round. None is
// held over anything that waits.
type Queue struct {
	opts    Options
	clock   *Clock
	dead    *Queue // nil for a dead-letter queue
	forward *Queue // takes what becomes active; nil: it stays
	deadTo  *Queue // takes what is dead-lettered; nil: dead does

	mu       sync.Mutex
	all      ordered         // every message, by sequence number
	active   bySequence      // what can be received
	events   byDue           // what changes by itself, soonest first
	locks    map[Token]*item // what is locked
	recent   ids             // ids within the duplicate window
	wakers   map[int]func()  // called when something becomes active
	counts   [numStates]int  // messages in each state
	bytes    int64           // their sizes
	lastSeq  int64           // the last sequence number given
	nextWake int             // the next key of wakers
	fresh    bool            // something became active since the last wake
	timer    *time.Timer     // nil until first needed
	armed    moment          // what timer is set for; 0 is not at all
	closed   bool
}

// New makes an empty queue. It owns a timer: close it.
func New(opts Options) *Queue {
	if opts.Clock == nil {
		opts.Clock = NewClock()
	}
	q := empty(opts)
	// Nothing leaves a dead-letter queue by count or age.
	q.dead = empty(Options{LockDuration: opts.LockDuration, Clock: opts.Clock})
	return q
}

func empty(opts Options) *Queue {
	return &Queue{
		opts:   opts,
		clock:  opts.Clock,
		locks:  map[Token]*item{},
		wakers: map[int]func(){},
	}
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
func (q *Queue) enter() moment {
	q.mu.Lock()
	now := q.clock.now()
	q.advance(now)
	return now
}

// leave carries out what the caller's change made due, wakes the subscribers, sets
// the timer and unlocks.
func (q *Queue) leave(now moment) {
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

// arm sets the timer for the next event. A timer that is set for earlier is kept:
// it finds nothing due and is set again, which is cheaper than setting it for each
// lock that is settled in time.
func (q *Queue) arm(now moment) {
	if q.closed || len(q.events) == 0 {
		return
	}
	due := q.events[0].due
	if q.armed != 0 && q.armed <= due {
		return
	}

	q.armed = due
	if q.timer == nil {
		q.timer = time.AfterFunc(time.Duration(due-now), q.Tick)
		return
	}

	q.timer.Reset(time.Duration(due - now))
}

// Tick does what has become due. The queue's timer calls it; callers of
// [Clock.Advance] call it themselves.
func (q *Queue) Tick() {
	if q.dead != nil {
		q.dead.Tick()
	}
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return
	}
	q.armed = 0
	q.leave(q.clock.now())
}

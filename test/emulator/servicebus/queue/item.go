package queue

import (
	"fmt"
	"time"
)

// State is where a message stands.
type State uint8

// The states of a message; see the package comment.
const (
	Active State = iota
	Locked
	Scheduled
	Deferred
	numStates
)

// Token proves a lock. A new one is made for each delivery.
type Token [16]byte

// Message is what a sender hands in.
type Message struct {
	// ID is compared by duplicate detection.
	ID string
	// Size counts against [Options.MaxBytes], in bytes.
	Size int
	// TTL is how long the message may wait; 0 is as long as the queue allows.
	TTL time.Duration
	// ScheduledFor keeps the message back until then; the zero time, or one
	// that has passed, doesn't.
	ScheduledFor time.Time
	// Payload is the message itself. The queue hands it on and never looks.
	Payload any
}

// Property is something that a settlement added to a message.
type Property struct {
	Name  string
	Value any
}

// Delivery is a message as a receiver or a browser sees it.
type Delivery struct {
	Message
	State         State
	Sequence      int64
	EnqueuedAt    time.Time
	DeliveryCount uint32        // failed deliveries before this one
	TimeToLive    time.Duration // the message's or the queue's, whichever is less; 0 is none
	Token         Token         // of a lock that a receiver has just got
	LockedUntil   time.Time     // of a locked message
	SetAside      bool          // it is deferred, or locked out of that state
	Properties    []Property    // what settlements added, shared: don't change

	// Of a forwarded message: its number in the queue that it was sent to, and
	// the queue that dead-lettered it, if one did.
	OriginalSequence int64
	DeadLetterSource string
}

// none is the place of an item that is in no heap.
const none = -1

// item is a message in a queue. A queue may hold millions.
type item struct {
	id        string
	payload   any
	size      int64
	ttl       time.Duration
	seq       int64
	enqueued  moment
	scheduled moment // 0: it was for at once
	due       moment // lock expiry, activation or end of life, by state
	history   *history
	token     Token

	event      int32 // index in Queue.events
	place      int32 // index in Queue.active
	deliveries uint32
	state      State
	kept       bool // in a dead-letter queue, where nothing ages
	setAside   bool // deferred; a lock that ends returns it there
	gone       bool // removed from Queue.all, whose slice may still hold it
}

// history is what few messages have. It is shared by deliveries: replace it,
// don't change it.
type history struct {
	properties []Property
	original   int64
	source     string
}

func (it *item) past() history {
	if it.history == nil {
		return history{}
	}
	return *it.history
}

// add adds properties to the message.
func (it *item) add(more []Property) {
	if len(more) == 0 {
		return
	}
	past := it.past()
	past.properties = merge(past.properties, more)
	it.history = &past
}

// expires returns when the message will have waited too long; 0 means never.
func (it *item) expires() moment {
	if it.ttl <= 0 || it.kept {
		return 0
	}
	return it.enqueued + moment(it.ttl)
}

func (it *item) delivery(c *Clock) Delivery {
	past := it.past()
	d := Delivery{
		Message: Message{
			ID:      it.id,
			Size:    int(it.size),
			TTL:     it.ttl,
			Payload: it.payload,
		},
		State:            it.state,
		Sequence:         it.seq,
		EnqueuedAt:       c.time(it.enqueued),
		DeliveryCount:    it.deliveries,
		TimeToLive:       it.ttl,
		Token:            it.token,
		SetAside:         it.setAside,
		Properties:       past.properties,
		OriginalSequence: past.original,
		DeadLetterSource: past.source,
	}

	if it.scheduled != 0 {
		d.ScheduledFor = c.time(it.scheduled)
	}
	if it.state == Locked {
		d.LockedUntil = c.time(it.due)
	}

	return d
}

// Names of the properties that hold why a message was dead-lettered.
const (
	DeadLetterReason      = "DeadLetterReason"
	DeadLetterDescription = "DeadLetterErrorDescription"
)

func maxDeliveries(n uint32) []Property {
	return []Property{
		{DeadLetterReason, "MaxDeliveryCountExceeded"},
		{DeadLetterDescription, fmt.Sprintf("Message could not be consumed after %d delivery attempts.", n)},
	}
}

func outlived() []Property {
	return []Property{
		{DeadLetterReason, "TTLExpiredException"},
		{DeadLetterDescription, "The message expired and was dead lettered."},
	}
}

// merge returns have with the values of more, in new memory.
func merge(have, more []Property) []Property {
	merged := append([]Property(nil), have...)
next:
	for _, p := range more {
		for i := range merged {
			if merged[i].Name == p.Name {
				merged[i].Value = p.Value
				continue next
			}
		}
		merged = append(merged, p)
	}
	return merged
}

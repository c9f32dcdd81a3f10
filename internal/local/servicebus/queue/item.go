package queue

import (
	"fmt"
	"time"
)

// State is where a message stands.
type State int

// The states of a message; see the package comment.
const (
	Active State = iota
	Locked
	Scheduled
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
	Token         Token         // of a lock that Receive has just made
	LockedUntil   time.Time     // of a locked message
	Properties    []Property    // what settlements added, shared: don't change
}

// none is the place of an item that is in no heap.
const none = -1

// item is a message in a queue.
type item struct {
	Message
	size       int64
	state      State
	seq        int64
	enqueued   time.Time
	deliveries uint32 // that failed
	token      Token
	properties []Property
	due        time.Time // lock expiry, activation or end of life, by state
	kept       bool      // in a dead-letter queue, where nothing ages
	event      int       // index in Queue.events
	place      int       // index in Queue.active
	gone       bool      // removed from Queue.all, whose slice may still hold it
}

// expires tells when the message has waited too long; the zero time is never.
func (it *item) expires() time.Time {
	if it.TTL <= 0 || it.kept {
		return time.Time{}
	}
	return it.enqueued.Add(it.TTL)
}

func (it *item) delivery() Delivery {
	d := Delivery{
		Message: it.Message, State: it.state, Sequence: it.seq, EnqueuedAt: it.enqueued,
		DeliveryCount: it.deliveries, TimeToLive: it.TTL, Token: it.token, Properties: it.properties,
	}
	if it.state == Locked {
		d.LockedUntil = it.due
	}
	return d
}

// Names of the properties that tell why a message was dead-lettered.
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

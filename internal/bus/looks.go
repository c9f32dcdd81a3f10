package bus

import (
	"context"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

const (
	// maxPeeks bounds one look into a queue. The next one goes on from there.
	maxPeeks = 20
	// maxPlaces bounds what is remembered; without it a look starts over.
	maxPlaces = 1024
)

// unknown is a time that nothing was enqueued before.
var unknown = time.Unix(0, 0).UTC()

// Oldest returns a time before which no message was enqueued that waits now;
// false when none waits. Messages that are scheduled for later don't count.
// The time is the enqueued time of the first message that waits, or an earlier
// one where scheduled messages are too many to be passed over at one go: then the
// next calls go on, and a call that comes to the end tells the following ones.
func (b *Bus) Oldest(ctx context.Context, queue string) (oldest time.Time, waits bool, err error) {
	begun := time.Now()
	at := b.places.get(look{queue: queue})
	next, end, err := b.browse(ctx, queue, at.next, maxPeeks, func(m *azservicebus.ReceivedMessage) bool {
		if m.State == azservicebus.MessageStateScheduled || m.EnqueuedTime == nil {
			return true
		}
		oldest, waits = *m.EnqueuedTime, true
		return false
	})

	switch {
	case err != nil:
		return time.Time{}, false, err
	case waits:
		b.places.set(look{queue: queue}, place{next: next, none: oldest})
		return oldest, true, nil
	case end:
		b.places.set(look{queue: queue}, place{none: begun})
		return time.Time{}, false, nil
	default:
		b.places.set(look{queue: queue}, place{next: next, none: at.none})
		return later(unknown, at.none), true, nil
	}
}

// MayHold reports whether a queue may hold a message whose application property
// has a value, scheduled or not. False is certain. It is true as well where the
// queue is too long to be looked at at one go: then the next calls go on. It is
// not for dead-letter queues, where messages keep their old numbers.
func (b *Bus) MayHold(ctx context.Context, queue, property, value string) (bool, error) {
	l := look{queue, property, value}
	next, end, err := b.browse(ctx, queue, b.places.get(l).next, maxPeeks, func(m *azservicebus.ReceivedMessage) bool {
		return m.ApplicationProperties[property] != value
	})
	if err != nil {
		return false, err
	}

	if end {
		next = 0
	}

	b.places.set(l, place{next: next})

	return !end, nil
}

// look is what is looked for in a queue: messages that wait, or those whose
// property has a value.
type look struct{ queue, property, value string }

// place is how far a look has come. All messages below next were seen not to be
// what is looked for, and none has become so since: Service Bus numbers upwards,
// a scheduled message gets a new number when its time comes, and one that is given
// back was there, locked, when it was seen. Likewise nothing that waits was
// enqueued before none. A dead-letter queue, where messages keep the numbers that
// they had, never has a place but its beginning: nothing there is scheduled. A look
// starts over after the end, so a queue that was made again misleads it once at most.
type place struct {
	next int64
	none time.Time
}

// places are those of all looks. The zero value has none.
type places struct {
	mu sync.Mutex
	at map[look]place
}

func (p *places) get(l look) place {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at[l]
}

func (p *places) set(l look, at place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at == nil || len(p.at) >= maxPlaces {
		p.at = map[look]place{}
	}
	p.at[l] = at
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

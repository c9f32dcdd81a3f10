package bus

import (
	"context"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

const (
	// maxPeeks bounds the peeks of one call. The next call continues from there.
	maxPeeks = 20
	// maxPositions bounds how many positions are remembered. A scan whose position
	// is forgotten starts over.
	maxPositions = 1024
)

// unknown is a time before every enqueued time.
var unknown = time.Unix(0, 0).UTC()

// Oldest returns a lower bound of the enqueued times of the waiting messages, or
// false when none is waiting. Messages that are scheduled for later do not count.
//
// The bound is the enqueued time of the first waiting message, unless there are too
// many scheduled messages to get past in one call. Then it is an earlier time, and
// the next calls continue the scan.
func (b *Bus) Oldest(ctx context.Context, queue string) (oldest time.Time, waits bool, err error) {
	begun := time.Now()
	s := scan{queue: queue}
	at := b.positions.get(s)
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
		b.positions.set(s, position{next: next, noneBefore: oldest})
		return oldest, true, nil
	case end:
		b.positions.set(s, position{noneBefore: begun})
		return time.Time{}, false, nil
	default:
		b.positions.set(s, position{next: next, noneBefore: at.noneBefore})
		return later(unknown, at.noneBefore), true, nil
	}
}

// MayHold reports whether a queue may hold a message, scheduled or not, whose
// application property has the given value. False is certain. True may also mean that
// the queue is too long for one call; the next calls continue the scan. It does not
// work on dead-letter queues, where messages keep their old sequence numbers.
func (b *Bus) MayHold(ctx context.Context, queue, property, value string) (bool, error) {
	s := scan{queue, property, value}
	next, end, err := b.browse(ctx, queue, b.positions.get(s).next, maxPeeks, func(m *azservicebus.ReceivedMessage) bool {
		return m.ApplicationProperties[property] != value
	})
	if err != nil {
		return false, err
	}

	if end {
		next = 0
	}
	b.positions.set(s, position{next: next})
	return !end, nil
}

// scan is a search of a queue: for waiting messages if property is "", otherwise for
// messages whose property has the value.
type scan struct{ queue, property, value string }

// position is how far a scan has come. No message below next matched, and none can
// match since then:
//
//   - Service Bus assigns ascending sequence numbers.
//   - A scheduled message gets a new number when it becomes active.
//   - An abandoned message was in the queue, locked, when the scan saw it.
//
// Likewise no waiting message was enqueued before noneBefore. In a dead-letter queue
// messages keep their old numbers, but nothing there is scheduled, so every scan for
// waiting messages starts at the beginning. A scan that reaches the end starts over, so a
// queue that was deleted and created again misleads it at most once.
type position struct {
	next       int64
	noneBefore time.Time
}

// positions are the positions of all scans. The zero value has none.
type positions struct {
	mu sync.Mutex
	of map[scan]position
}

func (p *positions) get(s scan) position {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.of[s]
}

func (p *positions) set(s scan, at position) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.of == nil || len(p.of) >= maxPositions {
		p.of = map[scan]position{}
	}
	p.of[s] = at
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

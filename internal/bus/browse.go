package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

const peekBatch = 100

// browse walks a queue's messages by sequence number, locking none, until f
// returns false. It has a receiver of its own, since one that has peeked goes
// on where it stopped.
func (b *Bus) browse(ctx context.Context, queue string, f func(*azservicebus.ReceivedMessage) bool) (err error) {
	r, err := b.newReceiver(queue, azservicebus.ReceiveModePeekLock)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close(context.WithoutCancel(ctx))) }()
	from := int64(0)
	for {
		messages, err := r.PeekMessages(ctx, peekBatch, &azservicebus.PeekMessagesOptions{FromSequenceNumber: &from})
		if err != nil {
			return fmt.Errorf("peeking into %s: %w", queue, err)
		}
		for _, m := range messages {
			if !f(m) {
				return nil
			}
			if m.SequenceNumber != nil {
				from = *m.SequenceNumber + 1
			}
		}
		if len(messages) == 0 {
			return nil
		}
	}
}

// Oldest gives the enqueued time of the first message that is not scheduled for
// later; false when there is none. Messages wait in order, so all that were
// sent before it have been delivered.
func (b *Bus) Oldest(ctx context.Context, queue string) (oldest time.Time, found bool, err error) {
	err = b.browse(ctx, queue, func(m *azservicebus.ReceivedMessage) bool {
		if m.State == azservicebus.MessageStateScheduled || m.EnqueuedTime == nil {
			return true
		}
		oldest, found = *m.EnqueuedTime, true
		return false
	})
	return oldest, found, err
}

// Holds tells whether a queue holds a message whose application property has a
// value, scheduled or not.
func (b *Bus) Holds(ctx context.Context, queue, property, value string) (found bool, err error) {
	err = b.browse(ctx, queue, func(m *azservicebus.ReceivedMessage) bool {
		found = m.ApplicationProperties[property] == value
		return !found
	})
	return found, err
}

package bus

import (
	"context"
	"math"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

// peekBatch is how many messages a peek asks for. Service Bus may give fewer.
const peekBatch = 250

// toTheEnd is for a walk of any length.
const toTheEnd = math.MaxInt

// browse walks a queue's messages by sequence number, from one on and in so many
// peeks at most, locking none, until f returns false. It returns the number after
// the last message for which f returned true, and reports whether it came to the end.
func (b *Bus) browse(ctx context.Context, queue string, from int64, peeks int, f func(*azservicebus.ReceivedMessage) bool) (next int64, end bool, err error) {
	for range peeks {
		messages, err := b.peek(ctx, queue, from)
		if err != nil {
			return from, false, err
		}
		if len(messages) == 0 {
			return from, true, nil
		}

		for _, m := range messages {
			if !f(m) {
				return from, false, nil
			}
			from = max(from, value(m.SequenceNumber)+1)
		}
	}
	return from, false, nil
}

func (b *Bus) peek(ctx context.Context, queue string, from int64) (messages []*azservicebus.ReceivedMessage, err error) {
	opts := &azservicebus.PeekMessagesOptions{FromSequenceNumber: &from}
	err = b.receiver(queue).use(ctx, "peeking into", func(r *azservicebus.Receiver) (err error) {
		messages, err = r.PeekMessages(ctx, peekBatch, opts)
		return err
	})
	return messages, err
}

// Holds reports whether a queue holds a message whose application property has a
// value, scheduled or not. It looks at the whole queue, which may be long.
func (b *Bus) Holds(ctx context.Context, queue, property, value string) (found bool, err error) {
	_, _, err = b.browse(ctx, queue, 0, toTheEnd, func(m *azservicebus.ReceivedMessage) bool {
		found = m.ApplicationProperties[property] == value
		return !found
	})
	return found, err
}

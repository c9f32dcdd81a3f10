package bus

import (
	"context"
	"math"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/dsr"
)

// peekBatch is how many messages a peek asks for. Service Bus may give fewer.
const peekBatch = 250

// toTheEnd is the number of peeks for a walk of any length.
const toTheEnd = math.MaxInt

// browse walks a queue's messages by sequence number, starting at from, until f
// returns false. It makes at most the given number of peeks and locks nothing. next
// is the sequence number after the last message for which f returned true. end
// reports whether the walk reached the end of the queue.
func (b *Bus) browse(ctx context.Context, queue string, from int64, peeks int, f func(*azservicebus.ReceivedMessage) bool) (next int64, end bool, err error) {
	for range peeks {
		messages, err := b.peek(ctx, queue, from)
		if err != nil {
			return from, false, err
		}
		if len(messages) == 0 {
			return from, true, nil
		}

		began := from
		for _, m := range messages {
			if !f(m) {
				return from, false, nil
			}
			from = max(from, value(m.SequenceNumber)+1)
		}
		if from == began {
			return from, false, noProgress(queue)
		}
	}
	return from, false, nil
}

// noProgress is the error of messages without a sequence number, behind which no peek can
// begin.
func noProgress(queue string) error {
	return dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "peeking into %s: the messages have no sequence numbers", queue)
}

func (b *Bus) peek(ctx context.Context, queue string, from int64) (messages []*azservicebus.ReceivedMessage, err error) {
	opts := &azservicebus.PeekMessagesOptions{FromSequenceNumber: &from}
	err = b.receiver(queue).use(ctx, "peeking into", func(r *azservicebus.Receiver) (err error) {
		messages, err = r.PeekMessages(ctx, peekBatch, opts)
		return err
	})
	return messages, err
}

// Waiting returns the body of the first message of a queue, scheduled or not, whose
// application property has the given value, or false where it holds none. It walks the
// whole queue, as Holds does.
func (b *Bus) Waiting(ctx context.Context, queue, property, value string) (body []byte, found bool, err error) {
	_, _, err = b.browse(ctx, queue, 0, toTheEnd, func(m *azservicebus.ReceivedMessage) bool {
		if found = m.ApplicationProperties[property] == value; found {
			body = bodyOf(m)
		}
		return !found
	})
	return body, found, err
}

// Holds reports whether a queue holds a message, scheduled or not, whose
// application property has the given value. It walks the whole queue, which may
// take long.
func (b *Bus) Holds(ctx context.Context, queue, property, value string) (found bool, err error) {
	_, _, err = b.browse(ctx, queue, 0, toTheEnd, func(m *azservicebus.ReceivedMessage) bool {
		found = m.ApplicationProperties[property] == value
		return !found
	})
	return found, err
}

// Values returns the texts that an application property has in the messages of queues or
// dead-letter queues, scheduled or not. It walks each whole queue, which may take long, one
// after another. A message moves only from a queue to its dead-letter queue, so none is
// missed where they are named in that order.
func (b *Bus) Values(ctx context.Context, property string, queues ...string) (map[string]bool, error) {
	values := map[string]bool{}
	for _, queue := range queues {
		_, _, err := b.browse(ctx, queue, 0, toTheEnd, func(m *azservicebus.ReceivedMessage) bool {
			if text, ok := m.ApplicationProperties[property].(string); ok {
				values[text] = true
			}
			return true
		})
		if err != nil {
			return nil, err
		}
	}
	return values, nil
}

package bus

import (
	"context"
	"errors"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/meter"
)

const contentTypeJSON = "application/json"

// clientRetries is how long the retries inside azservicebus may take.
const clientRetries = time.Minute

// Send sends messages in as few batches as possible. A message whose NotBefore is in
// the future is scheduled, one by one. When Send fails, some messages may have been
// sent. Calling it again is safe: the ids are the same, and the handlers do the work
// of a message once.
func (b *Bus) Send(ctx context.Context, queue string, messages ...dsr.Message) error {
	begun := time.Now()
	var due, later []*azservicebus.Message
	for _, m := range messages {
		if c := convert(m); m.NotBefore.After(begun) {
			at := m.NotBefore.UTC()
			c.ScheduledEnqueueTime = &at
			later = append(later, c)
		} else {
			due = append(due, c)
		}
	}

	for len(due)+len(later) > 0 {
		err := b.sender(queue).use(ctx, "sending to", func(s *azservicebus.Sender) (err error) {
			if due, err = sendDue(ctx, s, due); err != nil {
				return err
			}
			later, err = sendEach(ctx, s, later)
			return err
		})
		if err != nil && !b.mayTryAgain(ctx, begun, err) {
			return err
		}
	}

	return nil
}

// mayTryAgain waits until Send may try again. It returns false when Send must return
// the error instead. Retries end before the caller's context does, so that an outage
// is not mistaken for a task that took too long.
func (b *Bus) mayTryAgain(ctx context.Context, begun time.Time, err error) bool {
	if !dsr.OfQueue(err) || time.Since(begun)+busyPause > b.Patience {
		return false
	}
	if end, ok := ctx.Deadline(); ok && time.Until(end) < busyPause+clientRetries {
		return false
	}

	select {
	case <-time.After(busyPause):
		return true
	case <-ctx.Done():
		return false
	}
}

func convert(m dsr.Message) *azservicebus.Message {
	contentType := contentTypeJSON
	return &azservicebus.Message{
		MessageID:             &m.ID,
		Body:                  m.Body,
		ContentType:           &contentType,
		ApplicationProperties: m.Properties,
	}
}

// sendDue sends messages in batches and returns those that are not sent.
func sendDue(ctx context.Context, sender *azservicebus.Sender, messages []*azservicebus.Message) ([]*azservicebus.Message, error) {
	if len(messages) == 1 {
		return sendEach(ctx, sender, messages)
	}

	for len(messages) > 0 {
		batch, err := sender.NewMessageBatch(ctx, nil)
		if err != nil {
			return messages, err
		}
		n, err := fill(batch, messages)
		if err != nil {
			return messages, err
		}
		if err := sender.SendMessageBatch(ctx, batch, nil); err != nil {
			return messages, err
		}

		meter.From(ctx).Sent(n)
		messages = messages[n:]
	}
	return nil, nil
}

// fill adds messages to a batch until it is full and returns how many it has added.
// The first message must fit.
func fill(batch *azservicebus.MessageBatch, messages []*azservicebus.Message) (int, error) {
	for n, m := range messages {
		err := batch.AddMessage(m, nil)
		if errors.Is(err, azservicebus.ErrMessageTooLarge) && n > 0 {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
	return len(messages), nil
}

// sendEach sends messages one by one and returns those that are not sent. Scheduled
// messages are sent this way for two reasons. A batch has the annotations of its first
// message only, and ScheduleMessages goes through $management, whose errors hide the
// AMQP condition.
func sendEach(ctx context.Context, sender *azservicebus.Sender, messages []*azservicebus.Message) ([]*azservicebus.Message, error) {
	for len(messages) > 0 {
		if err := sender.SendMessage(ctx, messages[0], nil); err != nil {
			return messages, err
		}
		meter.From(ctx).Sent(1)
		messages = messages[1:]
	}
	return nil, nil
}

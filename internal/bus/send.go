package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/dsr"
)

const contentTypeJSON = "application/json"

// Send sends messages in as few batches as they fit in; those whose time has
// not come are scheduled. When it fails, some may have been sent: whoever calls
// again sends the same ids, and what a message asks for is done once.
func (b *Bus) Send(ctx context.Context, queue string, messages ...dsr.Message) error {
	if len(messages) == 0 {
		return nil
	}
	sender, err := b.sender(queue)
	if err != nil {
		return err
	}
	now := time.Now()
	var due []*azservicebus.Message
	later := map[time.Time][]*azservicebus.Message{}
	for _, m := range messages {
		if m.NotBefore.After(now) {
			at := m.NotBefore.UTC()
			later[at] = append(later[at], convert(m))
		} else {
			due = append(due, convert(m))
		}
	}
	return sender.use(func(s *azservicebus.Sender) error {
		if err := sendNow(ctx, s, due); err != nil {
			return fmt.Errorf("sending to %s: %w", queue, err)
		}
		for at, ms := range later {
			if _, err := s.ScheduleMessages(ctx, ms, at, nil); err != nil {
				return fmt.Errorf("scheduling in %s: %w", queue, err)
			}
		}
		return nil
	})
}

func convert(m dsr.Message) *azservicebus.Message {
	contentType := contentTypeJSON
	return &azservicebus.Message{
		MessageID: &m.ID, Body: m.Body, ContentType: &contentType, ApplicationProperties: m.Properties,
	}
}

func sendNow(ctx context.Context, sender *azservicebus.Sender, messages []*azservicebus.Message) error {
	if len(messages) == 1 {
		return sender.SendMessage(ctx, messages[0], nil)
	}
	for len(messages) > 0 {
		batch, err := sender.NewMessageBatch(ctx, nil)
		if err != nil {
			return err
		}
		n := 0
		for ; n < len(messages); n++ {
			err := batch.AddMessage(messages[n], nil)
			if errors.Is(err, azservicebus.ErrMessageTooLarge) && n > 0 {
				break
			}
			if err != nil {
				return err
			}
		}
		if err := sender.SendMessageBatch(ctx, batch, nil); err != nil {
			return err
		}
		messages = messages[n:]
	}
	return nil
}

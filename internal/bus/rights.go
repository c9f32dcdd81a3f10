package bus

import (
	"context"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

// TryListen shows that a queue or dead-letter queue is there and may be
// received from. It peeks and locks nothing.
func (b *Bus) TryListen(ctx context.Context, queue string) error {
	return b.browse(ctx, queue, func(*azservicebus.ReceivedMessage) bool { return false })
}

// TrySend shows that a queue may be sent to, and sends nothing: the right is
// checked when the link opens, and asking for a batch opens it.
func (b *Bus) TrySend(ctx context.Context, queue string) error {
	sender, err := b.sender(queue)
	if err != nil {
		return err
	}
	return sender.use(func(s *azservicebus.Sender) error {
		if _, err := s.NewMessageBatch(ctx, nil); err != nil {
			return fmt.Errorf("opening a link to %s: %w", queue, err)
		}
		return nil
	})
}

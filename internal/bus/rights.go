package bus

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

// TryListen shows that a queue or dead-letter queue is there and may be
// received from. It peeks and locks nothing.
func (b *Bus) TryListen(ctx context.Context, queue string) error {
	_, _, err := b.browse(ctx, queue, 0, 1, func(*azservicebus.ReceivedMessage) bool { return false })
	return err
}

// TrySend shows that a queue may be sent to, and sends nothing: the right is
// checked when the link opens, and asking for a batch opens it.
func (b *Bus) TrySend(ctx context.Context, queue string) error {
	return b.sender(queue).use(ctx, "opening a link to", func(s *azservicebus.Sender) error {
		_, err := s.NewMessageBatch(ctx, nil)
		return err
	})
}

package bus

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

// TryListen returns an error if a queue or dead-letter queue does not exist or may
// not be received from. It peeks and locks nothing.
func (b *Bus) TryListen(ctx context.Context, queue string) error {
	_, _, err := b.browse(ctx, queue, 0, 1, func(*azservicebus.ReceivedMessage) bool { return false })
	return err
}

// TrySend returns an error if a queue may not be sent to. It sends nothing: Service
// Bus checks access when the link opens, and asking for a batch opens it.
func (b *Bus) TrySend(ctx context.Context, queue string) error {
	return b.sender(queue).use(ctx, "opening a link to", func(s *azservicebus.Sender) error {
		_, err := s.NewMessageBatch(ctx, nil)
		return err
	})
}

package bus

import (
	"context"
	"fmt"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

// Complete removes a message that another process holds under a lock token.
func (b *Bus) Complete(ctx context.Context, queue string, token [16]byte) error {
	r, err := b.receiver(queue)
	if err != nil {
		return err
	}
	return r.use(func(r *azservicebus.Receiver) error {
		if err := r.CompleteMessage(ctx, locked(token), nil); err != nil {
			return fmt.Errorf("completing a message of %s: %w", queue, err)
		}
		return nil
	})
}

// maxDescription is what Service Bus takes of a dead-letter description.
const maxDescription = 4096

// MoveToDeadLetter moves a message to the queue's dead-letter queue, with a reason
// that programs read and a description that people read.
func (b *Bus) MoveToDeadLetter(ctx context.Context, queue string, token [16]byte, reason, description string) error {
	r, err := b.receiver(queue)
	if err != nil {
		return err
	}
	if len(description) > maxDescription {
		description = strings.ToValidUTF8(description[:maxDescription], "")
	}
	opts := &azservicebus.DeadLetterOptions{Reason: &reason, ErrorDescription: &description}
	return r.use(func(r *azservicebus.Receiver) error {
		if err := r.DeadLetterMessage(ctx, locked(token), opts); err != nil {
			return fmt.Errorf("dead-lettering a message of %s: %w", queue, err)
		}
		return nil
	})
}

// locked is what azservicebus (1.10 and later) needs to settle by token alone.
func locked(token [16]byte) *azservicebus.ReceivedMessage {
	return &azservicebus.ReceivedMessage{LockToken: token}
}

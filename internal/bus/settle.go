package bus

import (
	"context"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

// Complete removes a message that another process holds under a lock token.
func (b *Bus) Complete(ctx context.Context, queue string, token [16]byte) error {
	return b.receiver(queue).use(ctx, "completing a message of", func(r *azservicebus.Receiver) error {
		return r.CompleteMessage(ctx, locked(token), nil)
	})
}

// maxDescription is what Service Bus takes of a dead-letter description.
const maxDescription = 4096

// MoveToDeadLetter moves a message to the queue's dead-letter queue, with a reason
// that programs read and a description that people read.
func (b *Bus) MoveToDeadLetter(ctx context.Context, queue string, token [16]byte, reason, description string) error {
	if len(description) > maxDescription {
		description = strings.ToValidUTF8(description[:maxDescription], "")
	}
	opts := &azservicebus.DeadLetterOptions{Reason: &reason, ErrorDescription: &description}
	return b.receiver(queue).use(ctx, "dead-lettering a message of", func(r *azservicebus.Receiver) error {
		return r.DeadLetterMessage(ctx, locked(token), opts)
	})
}

func (b *Bus) abandon(ctx context.Context, queue string, token [16]byte) error {
	return b.receiver(queue).use(ctx, "abandoning a message of", func(r *azservicebus.Receiver) error {
		return r.AbandonMessage(ctx, locked(token), nil)
	})
}

// locked is what azservicebus (1.10 and later) needs to settle by token alone.
func locked(token [16]byte) *azservicebus.ReceivedMessage {
	return &azservicebus.ReceivedMessage{LockToken: token}
}

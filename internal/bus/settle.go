package bus

import (
	"context"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

// Complete removes a message that another process has locked, by its lock token.
func (b *Bus) Complete(ctx context.Context, queue string, token [16]byte) error {
	return b.receiver(queue).use(ctx, "completing a message of", func(r *azservicebus.Receiver) error {
		return r.CompleteMessage(ctx, locked(token), nil)
	})
}

// maxDescription is the longest dead-letter description, in bytes.
const maxDescription = 4096

// MoveToDeadLetter moves a message to the queue's dead-letter queue, with a reason
// for programs and a description for people.
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

// locked returns a message with nothing but a lock token. azservicebus 1.10 and later
// need no more to settle it.
func locked(token [16]byte) *azservicebus.ReceivedMessage {
	return &azservicebus.ReceivedMessage{LockToken: token}
}

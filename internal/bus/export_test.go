package bus

import (
	"context"
	"errors"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

// TakeDead exposes takeDead, so that tests can make act fail.
func (b *Bus) TakeDead(ctx context.Context, queue string, numbers []int64, act func(*azservicebus.ReceivedMessage) error) ([]int64, error) {
	return b.takeDead(ctx, queue, hasNumber(numbers), len(numbers), act)
}

// BuryAll moves what waits in a queue to its dead-letter queue.
func (b *Bus) BuryAll(ctx context.Context, queue string) (n int, err error) {
	r, err := b.newReceiver(queue)
	if err != nil {
		return 0, err
	}
	for {
		messages, err := receiveSome(ctx, r)
		if err != nil || len(messages) == 0 {
			return n, errors.Join(err, r.Close(ctx))
		}
		for _, m := range messages {
			if err := b.MoveToDeadLetter(ctx, queue, m.LockToken, "InvalidRequest", "wrong"); err != nil {
				return n, err
			}
			n++
		}
	}
}

package bus

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

// TakeDead exposes takeDead, so that tests can make act fail.
func (b *Bus) TakeDead(ctx context.Context, queue string, numbers []int64, act func(*azservicebus.ReceivedMessage) error) ([]int64, error) {
	return b.takeDead(ctx, queue, hasNumber(numbers), len(numbers), act)
}

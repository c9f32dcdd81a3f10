package bus

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

// TakeDead is takeDead with whatever is to be done, for tests of its failure.
func (b *Bus) TakeDead(ctx context.Context, queue string, numbers []int64, act func(*azservicebus.ReceivedMessage) error) ([]int64, error) {
	return b.takeDead(ctx, queue, numbered(numbers), len(numbers), act)
}

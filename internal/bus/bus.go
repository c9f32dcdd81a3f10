// Package bus sends, schedules, settles and browses Service Bus messages. It knows
// nothing about tasks: a message is an id, bytes and properties. Its errors are
// classified (dsr.Error).
package bus

import (
	"context"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

// deadLetterSuffix ends the name of a queue's dead-letter queue, as in a
// trigger's queueName.
const deadLetterSuffix = "/$DeadLetterQueue"

// DeadLetter names a queue's dead-letter queue.
func DeadLetter(queue string) string { return queue + deadLetterSuffix }

// Bus is a Service Bus namespace. It opens links to a queue on first use and keeps
// them open.
type Bus struct {
	// Patience is how long Send keeps trying while Service Bus is busy or
	// unavailable, in addition to the 45 seconds of retries in azservicebus. Set it
	// where a failed Send means abandoning the received message, because each
	// abandon uses up a delivery. Zero means no further retries.
	Patience time.Duration

	client    *azservicebus.Client
	senders   pools[*azservicebus.Sender]
	receivers pools[*azservicebus.Receiver]
	positions positions
}

// New returns a bus on a client. Closing the bus closes the client.
func New(client *azservicebus.Client) *Bus { return &Bus{client: client} }

// Close closes all links and the connection.
func (b *Bus) Close(ctx context.Context) error {
	return b.client.Close(ctx) // the client closes its links
}

// sender returns the pool of senders of a queue.
func (b *Bus) sender(queue string) *pool[*azservicebus.Sender] {
	return b.senders.of(queue, func() (*azservicebus.Sender, error) { return b.client.NewSender(queue, nil) })
}

// receiver returns the pool of peek-lock receivers of a queue or dead-letter queue.
func (b *Bus) receiver(queue string) *pool[*azservicebus.Receiver] {
	return b.receivers.of(queue, func() (*azservicebus.Receiver, error) { return b.newReceiver(queue) })
}

func (b *Bus) newReceiver(queue string) (*azservicebus.Receiver, error) {
	opts := &azservicebus.ReceiverOptions{ReceiveMode: azservicebus.ReceiveModePeekLock}
	name, isDeadLetter := strings.CutSuffix(queue, deadLetterSuffix)
	if isDeadLetter {
		opts.SubQueue = azservicebus.SubQueueDeadLetter
	}
	return b.client.NewReceiverForQueue(name, opts)
}

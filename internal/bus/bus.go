// Package bus sends, schedules, settles and looks at Service Bus messages. It
// knows no task: a message is an id, bytes and properties. Its errors are
// classified.
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

// Bus is a Service Bus namespace. It keeps the links to each queue that it uses,
// opened when first needed.
type Bus struct {
	// Patience is for how long Send goes on trying where Service Bus is busy or
	// away, beyond the tries that azservicebus makes in three quarters of a
	// minute. Who must give a message back if it fails sets it: each time costs
	// a delivery. Zero: not at all.
	Patience time.Duration

	client    *azservicebus.Client
	senders   pools[*azservicebus.Sender]
	receivers pools[*azservicebus.Receiver]
	places    places
}

// New makes a bus on a client, which it closes with itself.
func New(client *azservicebus.Client) *Bus { return &Bus{client: client} }

// Close closes all links and the connection.
func (b *Bus) Close(ctx context.Context) error {
	return b.client.Close(ctx) // the client closes the links that it has made
}

// sender returns the senders of a queue.
func (b *Bus) sender(queue string) *pool[*azservicebus.Sender] {
	return b.senders.of(queue, func() (*azservicebus.Sender, error) { return b.client.NewSender(queue, nil) })
}

// receiver returns the peek-lock receivers of a queue or dead-letter queue.
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

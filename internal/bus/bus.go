// Package bus sends, schedules, settles and looks at Service Bus messages. It
// knows no task: a message is an id, bytes and properties.
package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

// deadLetterSuffix ends the name of a queue's dead-letter queue, as in a
// trigger's queueName.
const deadLetterSuffix = "/$DeadLetterQueue"

// DeadLetter names a queue's dead-letter queue.
func DeadLetter(queue string) string { return queue + deadLetterSuffix }

// Bus is a Service Bus namespace. It keeps one link for each queue it sends to
// or settles in, opened when first used.
type Bus struct {
	client *azservicebus.Client

	mu        sync.Mutex
	senders   map[string]*link[*azservicebus.Sender]
	receivers map[string]*link[*azservicebus.Receiver]
}

// link is a sender or receiver whose first use is made alone: when first uses
// are concurrent, azservicebus 1.11 opens a connection's link for each of them
// and loses all but one, with the goroutines that renew its claim.
type link[T any] struct {
	client T
	mu     sync.RWMutex
	opened bool
}

// use calls f with the client, alone until a first call has succeeded.
func (l *link[T]) use(f func(T) error) error {
	l.mu.RLock()
	opened := l.opened
	l.mu.RUnlock()
	if opened {
		return f(l.client)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	err := f(l.client)
	l.opened = l.opened || err == nil
	return err
}

// New makes a bus on a client, which it closes with itself.
func New(client *azservicebus.Client) *Bus {
	return &Bus{
		client:    client,
		senders:   map[string]*link[*azservicebus.Sender]{},
		receivers: map[string]*link[*azservicebus.Receiver]{},
	}
}

// Close closes all links and the connection.
func (b *Bus) Close(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var errs []error
	for _, s := range b.senders {
		errs = append(errs, s.client.Close(ctx))
	}
	for _, r := range b.receivers {
		errs = append(errs, r.client.Close(ctx))
	}
	clear(b.senders)
	clear(b.receivers)
	return errors.Join(append(errs, b.client.Close(ctx))...)
}

// sender gives the queue's sender. Making one does no I/O.
func (b *Bus) sender(queue string) (*link[*azservicebus.Sender], error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s, ok := b.senders[queue]; ok {
		return s, nil
	}
	s, err := b.client.NewSender(queue, nil)
	if err != nil {
		return nil, fmt.Errorf("making a sender for %s: %w", queue, err)
	}
	b.senders[queue] = &link[*azservicebus.Sender]{client: s}
	return b.senders[queue], nil
}

// receiver gives a peek-lock receiver of a queue or dead-letter queue. Making
// one does no I/O.
func (b *Bus) receiver(queue string) (*link[*azservicebus.Receiver], error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r, ok := b.receivers[queue]; ok {
		return r, nil
	}
	r, err := b.newReceiver(queue, azservicebus.ReceiveModePeekLock)
	if err != nil {
		return nil, err
	}
	b.receivers[queue] = &link[*azservicebus.Receiver]{client: r}
	return b.receivers[queue], nil
}

func (b *Bus) newReceiver(queue string, mode azservicebus.ReceiveMode) (*azservicebus.Receiver, error) {
	opts := &azservicebus.ReceiverOptions{ReceiveMode: mode}
	name, isDeadLetter := strings.CutSuffix(queue, deadLetterSuffix)
	if isDeadLetter {
		opts.SubQueue = azservicebus.SubQueueDeadLetter
	}
	r, err := b.client.NewReceiverForQueue(name, opts)
	if err != nil {
		return nil, fmt.Errorf("making a receiver for %s: %w", queue, err)
	}
	return r, nil
}

package servicebus

import (
	"github.com/google/uuid"

	"azureml-dsr/test/emulator/servicebus/queue"
)

// consumer hands out a queue's messages: locked, or gone once they are sent.
type consumer struct {
	queue  *queue.Queue
	delete bool
	cancel func()
}

var _ source = (*consumer)(nil)

// newConsumer has notify called when there may be a message.
func newConsumer(q *queue.Queue, remove bool, notify func()) *consumer {
	return &consumer{queue: q, delete: remove, cancel: q.Subscribe(notify)}
}

func (c *consumer) close() { c.cancel() }

func (c *consumer) next() (outgoing, bool) {
	if c.delete {
		d, ok := c.queue.Take()
		if !ok {
			return outgoing{}, false
		}
		return outgoing{
			tag:     deliveryTag(uuid.New()),
			payload: encode(d),
			settled: true,
			queue:   c.queue,
		}, true
	}
	d, ok := c.queue.Receive()
	if !ok {
		return outgoing{}, false
	}
	return outgoing{
		tag:     deliveryTag(d.Token),
		payload: encode(d),
		queue:   c.queue,
		token:   d.Token,
	}, true
}

// deliveryTag writes a lock token in the byte order of .NET's Guid, which
// clients read tags in.
func deliveryTag(t [16]byte) []byte {
	return []byte{
		t[3], t[2], t[1], t[0], t[5], t[4], t[7], t[6],
		t[8], t[9], t[10], t[11], t[12], t[13], t[14], t[15],
	}
}

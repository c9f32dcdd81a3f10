package servicebus

import (
	"github.com/google/uuid"

	"azureml-dsr/internal/local/servicebus/queue"
	"azureml-dsr/internal/local/servicebus/wire"
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
		return outgoing{tag: deliveryTag(uuid.New()), payload: encode(d), settled: true}, true
	}
	d, ok := c.queue.Receive()
	if !ok {
		return outgoing{}, false
	}
	return outgoing{tag: deliveryTag(d.Token), payload: encode(d), queue: c.queue, token: d.Token}, true
}

// deliveryTag writes a lock token in the byte order of .NET's Guid, which
// clients read tags in.
func deliveryTag(t [16]byte) []byte {
	return []byte{
		t[3], t[2], t[1], t[0], t[5], t[4], t[7], t[6],
		t[8], t[9], t[10], t[11], t[12], t[13], t[14], t[15],
	}
}

// Values of x-opt-message-state, an int.
const stateScheduled int32 = 2

// encode writes a message as a receiver or browser gets it: the sender's bytes
// with the broker's header and annotations.
func encode(d queue.Delivery) []byte {
	stored := d.Payload.(*wire.Message)
	m := *stored
	m.Header.DeliveryCount = d.DeliveryCount
	m.Header.TTL = nil
	if d.TimeToLive > 0 {
		m.Header.TTL = new(uint32(min(d.TimeToLive.Milliseconds(), wire.MaxTTL)))
	}
	// A copy: the stored map is shared with other deliveries.
	m.Annotations = append(wire.Map(nil), stored.Annotations...)
	annotate := func(name wire.Symbol, v any) { m.Annotations = m.Annotations.Set(name, v) }
	annotate(annSequence, d.Sequence)
	annotate(annEnqueued, d.EnqueuedAt)
	switch d.State {
	case queue.Locked:
		annotate(annLockedUntil, d.LockedUntil)
	case queue.Scheduled:
		annotate(annState, stateScheduled)
	}
	m.DeliveryAnnotations = append(wire.Map(nil), stored.DeliveryAnnotations...)
	if d.Token != (queue.Token{}) {
		m.DeliveryAnnotations = m.DeliveryAnnotations.Set(wire.Symbol(annotationToken), wire.UUID(d.Token))
	}
	extend(&m, d.Properties)
	return m.Append(nil)
}

// extend adds what settlements added.
func extend(m *wire.Message, add []queue.Property) {
	if len(add) == 0 {
		return
	}
	p, err := m.ApplicationProperties()
	if err != nil {
		return // checked when the message came
	}
	for _, a := range add {
		p = p.Set(a.Name, a.Value)
	}
	m.SetApplicationProperties(p)
}

package servicebus

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"azureml-dsr/internal/local/servicebus/queue"
	"azureml-dsr/internal/local/servicebus/wire"
)

// Message formats: one message, or many in the data sections of an envelope
// (azservicebus message_batch.go).
const (
	formatMessage = 0
	formatBatch   = 0x80013700
)

// maxMessageID is the longest message id that Service Bus takes, in characters.
const maxMessageID = 128

// Annotations that the broker writes. A sender's own values of them are
// dropped, but for the time that it schedules.
const (
	annSequence     = "x-opt-sequence-number"
	annEnqueued     = "x-opt-enqueued-time"
	annLockedUntil  = "x-opt-locked-until"
	annState        = "x-opt-message-state"
	annScheduled    = "x-opt-scheduled-enqueue-time"
	annotationToken = "x-opt-lock-token"
)

// producer puts what a client sends into a queue.
type producer struct{ queue *queue.Queue }

// receive takes a message, or all of a batch or none.
func (p *producer) receive(format uint32, b []byte) *wire.Error {
	var messages []queue.Message
	switch format {
	case formatMessage:
		m, refusal := readMessage(b)
		if refusal != nil {
			return refusal
		}
		messages = []queue.Message{m}
	case formatBatch:
		var refusal *wire.Error
		if messages, refusal = readBatch(b); refusal != nil {
			return refusal
		}
	default:
		return fault(condNotImplemented, "the message format is not known")
	}
	_, err := p.queue.Send(messages...)
	return sendFault(err)
}

func sendFault(err error) *wire.Error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, queue.ErrFull):
		return fault(condResourceLimit, "The maximum entity size has been reached.")
	default:
		return fault(condNotAllowed, "the message can't be taken")
	}
}

// readBatch reads the messages of a batch. The envelope's other sections are a
// copy of the first message's and mean nothing.
func readBatch(b []byte) ([]queue.Message, *wire.Error) {
	envelope, err := wire.ParseMessage(b)
	if err != nil {
		return nil, fault(condDecode, "the batch can't be understood")
	}
	bodies, err := envelope.Data()
	if err != nil {
		return nil, fault(condDecode, "the batch can't be understood")
	}
	messages := make([]queue.Message, 0, len(bodies))
	for _, body := range bodies {
		m, refusal := readMessage(body)
		if refusal != nil {
			return nil, refusal
		}
		// Each stands for itself: one that stays must not hold the whole batch.
		m.Payload = m.Payload.(*wire.Message).Clone()
		messages = append(messages, m)
	}
	return messages, nil
}

// readMessage reads an encoded message: what the queue asks of it, and its
// sections as payload.
func readMessage(b []byte) (queue.Message, *wire.Error) {
	m, err := wire.ParseMessage(b)
	if err != nil {
		return queue.Message{}, fault(condDecode, "the message can't be understood")
	}
	id, refusal := messageID(m)
	if refusal != nil {
		return queue.Message{}, refusal
	}
	q := queue.Message{ID: id, Size: len(b), Payload: m}
	if m.Header.TTL != nil {
		q.TTL = time.Duration(*m.Header.TTL) * time.Millisecond
	}
	if scheduled := m.Annotations.Get(annScheduled); !scheduled.IsNull() {
		if q.ScheduledFor, err = scheduled.Time(); err != nil {
			return queue.Message{}, fault(condDecode, annScheduled+" is no timestamp")
		}
	}
	m.Annotations = withoutBrokers(m.Annotations)
	return q, nil
}

// messageID returns the id in a form that compares. A message without one gets
// one: the JavaScript client settles nothing else.
func messageID(m *wire.Message) (string, *wire.Error) {
	v, err := m.MessageID().Value()
	if err != nil {
		return "", fault(condDecode, "the message-id can't be understood")
	}
	var id string
	switch v := v.(type) {
	case nil:
	case string:
		id = v
	case wire.UUID:
		id = uuid.UUID(v).String()
	default:
		id = fmt.Sprint(v)
	}
	if id == "" {
		id = uuid.NewString()
		m.SetMessageID(id)
	}
	if len(id) > maxMessageID {
		return "", fault(condNotAllowed, "The message-id is longer than 128 characters.")
	}
	return id, nil
}

// withoutBrokers leaves out what only the broker may say.
func withoutBrokers(m wire.Map) wire.Map {
	var kept wire.Map
	for _, e := range m {
		name, _ := e.Key.Text() // a key of another type is the sender's own
		switch name {
		case annSequence, annEnqueued, annLockedUntil, annState:
			continue
		case annScheduled:
			if e.Value.IsNull() {
				continue
			}
		}
		kept = append(kept, e)
	}
	return kept
}

package servicebus

import (
	"errors"

	"azureml-dsr/test/emulator/servicebus/queue"
	"azureml-dsr/test/emulator/servicebus/wire"
)

// Message formats: one message, or many in the data sections of an envelope
// (azservicebus message_batch.go).
const (
	formatMessage = 0
	formatBatch   = 0x80013700
)

// producer puts what a client sends into a queue.
type producer struct {
	c     *conn
	at    address
	queue *queue.Queue
}

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

	t := p.c.trouble(Sending, p.at)
	switch {
	case t.drop:
		return nil // the connection is gone, and there is no answer
	case t.detach:
		return fault(condUnauthorized, "ExpiredToken: The token is expired.")
	case t.busy:
		return busy()
	case t.full:
		return sendFault(queue.ErrFull)
	}

	_, err := p.queue.Send(messages...)

	if t.lose {
		p.c.drop()
	}

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

// readBatch reads the messages of a batch. The envelope's other sections are copies
// of the first message's and are ignored.
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
		messages = append(messages, m)
	}

	return messages, nil
}

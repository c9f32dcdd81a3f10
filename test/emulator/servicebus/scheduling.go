package servicebus

import (
	"azureml-dsr/test/emulator/servicebus/queue"
	"azureml-dsr/test/emulator/servicebus/wire"
)

// schedule takes messages for later. The time is in each message, as an annotation;
// the other members of an entry repeat what the message holds.
func (m *manager) schedule(body wire.Map) reply {
	if m.deadLetter {
		return reply{code: 403, description: "Messages can't be sent to a dead-letter queue.", condition: condNotAllowed}
	}
	list, err := body.Get("messages").List()
	if err != nil {
		return badRequest("messages: " + err.Error())
	}

	messages := make([]queue.Message, 0, len(list))
	for _, raw := range list {
		entry, err := raw.Map()
		if err != nil {
			return badRequest("messages: " + err.Error())
		}
		b, err := entry.Get("message").Bytes()
		if err != nil {
			return badRequest("message: " + err.Error())
		}
		message, refusal := readMessage(b)
		if refusal != nil {
			return reply{code: 400, description: refusal.Description, condition: refusal.Condition}
		}

		messages = append(messages, message)
	}

	seqs, err := m.queue.Send(messages...)
	if err != nil {
		e := sendFault(err)
		return reply{code: 403, description: e.Description, condition: e.Condition}
	}

	return ok(wire.Map(nil).Set("sequence-numbers", seqs))
}

func (m *manager) cancel(body wire.Map) reply {
	seqs, err := sequenceNumbers(body)
	if err != nil {
		return badRequest("sequence-numbers: " + err.Error())
	}
	if err := m.queue.Cancel(seqs...); err != nil {
		return messageNotFound()
	}
	return ok(nil)
}

func messageNotFound() reply {
	return reply{
		code: 404, condition: "com.microsoft:message-not-found",
		description: "No message has one of the sequence numbers and can be asked for by it.",
	}
}

func sequenceNumbers(body wire.Map) ([]int64, error) {
	list, err := body.Get("sequence-numbers").List()
	if err != nil {
		return nil, err
	}

	seqs := make([]int64, 0, len(list))
	for _, raw := range list {
		n, err := raw.Int()
		if err != nil {
			return nil, err
		}
		seqs = append(seqs, n)
	}

	return seqs, nil
}

package servicebus

import (
	"azureml-dsr/test/emulator/servicebus/queue"
	"azureml-dsr/test/emulator/servicebus/wire"
)

// receive returns deferred messages: locked, or removed when the client receives
// and deletes.
func (m *manager) receive(body wire.Map) reply {
	seqs, err := sequenceNumbers(body)
	if err != nil {
		return badRequest("sequence-numbers: " + err.Error())
	}
	mode, err := body.Get("receiver-settle-mode").Int()
	if err != nil {
		return badRequest("receiver-settle-mode: " + err.Error())
	}

	get := m.queue.TakeDeferred
	if mode == wire.ReceiverSecond {
		get = m.queue.ReceiveDeferred
	}

	deliveries, err := get(seqs...)
	if err != nil {
		return messageNotFound()
	}

	messages := make([]any, 0, len(deliveries))
	for _, d := range deliveries {
		entry := wire.Map(nil).Set("message", encode(d))
		if d.Token != (queue.Token{}) { // the JavaScript client reads it here
			entry = entry.Set("lock-token", wire.UUID(d.Token))
		}
		messages = append(messages, entry)
	}

	return ok(wire.Map(nil).Set("messages", messages))
}

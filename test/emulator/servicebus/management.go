package servicebus

import (
	"bytes"
	"errors"
	"time"

	"azureml-dsr/test/emulator/servicebus/queue"
	"azureml-dsr/test/emulator/servicebus/wire"
)

// Limits of an answer with messages. The rest is left for the next request, but one
// message is always returned.
const (
	maxPeekBytes = 1 << 20
	maxPeek      = 5000 // messages
)

// manager answers the requests to a queue's $management node. Locks are proved
// by token alone, so any connection may settle or renew them.
type manager struct {
	queue      *queue.Queue
	deadLetter bool // it is a dead-letter queue: nothing is sent there
}

// serve answers one request (azservicebus internal/mgmt.go).
func (m *manager) serve(operation string, request *wire.Message, _ wire.Map) reply {
	body, err := request.Value().Map()
	if err != nil {
		return badRequest("the body is no map")
	}

	switch operation {
	case "com.microsoft:renew-lock":
		return m.renew(body)
	case "com.microsoft:peek-message":
		return m.peek(body)
	case "com.microsoft:schedule-message":
		return m.schedule(body)
	case "com.microsoft:cancel-scheduled-message":
		return m.cancel(body)
	case "com.microsoft:receive-by-sequence-number":
		return m.receive(body)
	case "com.microsoft:update-disposition":
		return m.settle(body)
	}

	return reply{code: 501, description: "The operation is not implemented.", condition: condNotImplemented}
}

func badRequest(text string) reply {
	return reply{code: 400, description: text, condition: "amqp:invalid-field"}
}

func lockLost() reply { return reply{code: 410, description: textLockLost, condition: condLockLost} }

func ok(body wire.Map) reply { return reply{code: 200, description: "OK", body: body} }

func (m *manager) renew(body wire.Map) reply {
	tokens, err := lockTokens(body)
	if err != nil {
		return badRequest("lock-tokens: " + err.Error())
	}
	until, err := m.queue.Renew(tokens...)
	if err != nil {
		return lockLost()
	}

	expirations := make([]time.Time, len(tokens))
	for i := range expirations {
		expirations[i] = until
	}

	return ok(wire.Map(nil).Set("expirations", expirations))
}

func lockTokens(body wire.Map) ([]queue.Token, error) {
	list, err := body.Get("lock-tokens").List()
	if err != nil {
		return nil, err
	}

	tokens := make([]queue.Token, 0, len(list))
	for _, raw := range list {
		id, err := raw.UUID()
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, queue.Token(id))
	}

	return tokens, nil
}

func (m *manager) peek(body wire.Map) reply {
	from, err := body.Get("from-sequence-number").Int()
	if err != nil {
		return badRequest("from-sequence-number: " + err.Error())
	}
	count, err := body.Get("message-count").Int()
	if err != nil {
		return badRequest("message-count: " + err.Error())
	}

	var messages []any
	size := 0
	for _, d := range m.queue.Peek(from, int(min(count, maxPeek))) {
		d.Token = queue.Token{} // browsing grants no right to settle
		b := encode(d)
		if size += len(b); size > maxPeekBytes && len(messages) > 0 {
			break
		}
		messages = append(messages, wire.Map(nil).Set("message", b))
	}
	if len(messages) == 0 {
		return reply{code: 204, description: "No messages"}
	}

	return ok(wire.Map(nil).Set("messages", messages))
}

func (m *manager) settle(body wire.Map) reply {
	tokens, err := lockTokens(body)
	if err != nil {
		return badRequest("lock-tokens: " + err.Error())
	}
	add, err := body.Get("properties-to-modify").Map()
	if err != nil {
		return badRequest("properties-to-modify: " + err.Error())
	}

	properties := additions(add)
	status, err := body.Get("disposition-status").Text()
	if err != nil {
		return badRequest("disposition-status: " + err.Error())
	}

	var outcome queue.Outcome
	switch status {
	case "completed":
		outcome = queue.Complete
	case "abandoned":
		outcome = queue.Abandon
	case "suspended":
		outcome = queue.DeadLetter
		properties = append(properties, deadLetterReasons(body)...)
	case "defered": // clients spell it so
		outcome = queue.Defer
	default:
		return badRequest("disposition-status: there is no such status")
	}

	switch err := m.queue.Settle(outcome, properties, tokens...); {
	case errors.Is(err, queue.ErrDeadAlready):
		e := settleFault(err)
		return reply{code: 400, description: e.Description, condition: e.Condition}
	case err != nil:
		return lockLost()
	}

	return ok(nil)
}

func deadLetterReasons(body wire.Map) []queue.Property {
	var why []queue.Property
	for _, p := range []struct{ key, name string }{
		{"deadletter-reason", queue.DeadLetterReason},
		{"deadletter-description", queue.DeadLetterDescription},
	} {
		if v := body.Get(p.key); !v.IsNull() {
			why = append(why, queue.Property{Name: p.name, Value: wire.Raw(bytes.Clone(v))})
		}
	}
	return why
}

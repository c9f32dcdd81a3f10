package bus

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

// bound reports whether the Functions host can hand the message to a function of
// ours: a trigger that binds bytes takes data sections and nothing else.
func bound(m *azservicebus.ReceivedMessage) bool {
	return m.RawAMQPMessage == nil || (m.RawAMQPMessage.Body.Value == nil && m.RawAMQPMessage.Body.Sequence == nil)
}

// bodyOf returns a message's body as bytes, where azservicebus gives none unless it
// is a single data section: all data sections; of an AMQP value that is a text or
// bytes, those; of any other, and of sequences, what they are in JSON.
func bodyOf(m *azservicebus.ReceivedMessage) []byte {
	if m.RawAMQPMessage == nil {
		return m.Body
	}

	switch body := m.RawAMQPMessage.Body; {
	case body.Sequence != nil:
		return inJSON(body.Sequence)
	case body.Value != nil:
		switch v := body.Value.(type) {
		case string:
			return []byte(v)
		case []byte:
			return v
		}
		return inJSON(body.Value)

	default:
		return bytes.Join(body.Data, nil)
	}
}

// inJSON writes an AMQP value as JSON, or in Go's notation where JSON has none.
func inJSON(value any) []byte {
	text, err := json.Marshal(jsonValue(value))
	if err != nil {
		return fmt.Append(nil, value)
	}
	return text
}

// jsonValue makes the keys of maps texts, which those of AMQP need not be.
func jsonValue(value any) any {
	switch v := value.(type) {
	case map[any]any:
		out := make(map[string]any, len(v))
		for key, member := range v {
			out[fmt.Sprint(key)] = jsonValue(member)
		}
		return out

	case map[string]any:
		out := make(map[string]any, len(v))
		for key, member := range v {
			out[key] = jsonValue(member)
		}
		return out

	case []any:
		out := make([]any, 0, len(v))
		for _, member := range v {
			out = append(out, jsonValue(member))
		}
		return out

	case [][]any:
		out := make([]any, 0, len(v))
		for _, member := range v {
			out = append(out, jsonValue(member))
		}
		return out

	default:
		return v
	}
}

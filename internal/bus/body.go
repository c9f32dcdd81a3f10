package bus

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/bus/legible"
)

// hostCanBind reports whether the Functions host can pass the message to a
// function. The triggers bind the body as bytes, which works only for AMQP data
// sections of a message that can be decoded.
func hostCanBind(m *azservicebus.ReceivedMessage) bool {
	if m.RawAMQPMessage == nil {
		return true
	}
	body := m.RawAMQPMessage.Body
	return body.Value == nil && body.Sequence == nil && !legible.Replaced(bodyOf(m))
}

// bodyOf returns a message's body as bytes. azservicebus sets Body only for a
// message with a single AMQP data section. bodyOf covers every form:
//
//   - data sections: their bytes, joined
//   - a value that is a string or bytes: those bytes
//   - any other value, and sequences: their JSON
func bodyOf(m *azservicebus.ReceivedMessage) []byte {
	if m.RawAMQPMessage == nil {
		return m.Body
	}

	body := m.RawAMQPMessage.Body
	switch {
	case body.Sequence != nil:
		return toJSON(body.Sequence)
	case body.Value != nil:
		return valueBytes(body.Value)
	default:
		return bytes.Join(body.Data, nil)
	}
}

func valueBytes(value any) []byte {
	switch v := value.(type) {
	case string:
		return []byte(v)
	case []byte:
		return v
	default:
		return toJSON(v)
	}
}

// toJSON encodes an AMQP value as JSON. A value that JSON cannot express, such as
// NaN, is printed in Go's notation.
func toJSON(value any) []byte {
	text, err := json.Marshal(withStringKeys(value))
	if err != nil {
		return fmt.Append(nil, value)
	}
	return text
}

// withStringKeys returns an AMQP value with string keys in all its maps. AMQP
// allows keys of any type, JSON only strings.
func withStringKeys(value any) any {
	switch v := value.(type) {
	case map[any]any:
		return mapWithStringKeys(v)
	case map[string]any:
		return mapWithStringKeys(v)
	case []any:
		return listWithStringKeys(v)
	case [][]any:
		return listWithStringKeys(v)
	default:
		return v
	}
}

func mapWithStringKeys[K comparable](m map[K]any) map[string]any {
	out := make(map[string]any, len(m))
	for key, value := range m {
		out[fmt.Sprint(key)] = withStringKeys(value)
	}
	return out
}

func listWithStringKeys[T any](list []T) []any {
	out := make([]any, 0, len(list))
	for _, value := range list {
		out = append(out, withStringKeys(value))
	}
	return out
}

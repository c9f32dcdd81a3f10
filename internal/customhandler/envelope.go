package customhandler

import (
	"encoding/json"
	"errors"
	"fmt"
)

// envelope is the body of every invocation. Data holds the trigger's value by the name of
// the binding. Metadata holds what else the trigger provides.
type envelope struct {
	Data     map[string]json.RawMessage
	Metadata map[string]json.RawMessage
}

// decodeEnvelope returns the value of a binding and the metadata from an invocation's body.
// Its errors quote nothing of the body.
func decodeEnvelope(body []byte, binding string) (value json.RawMessage, metadata map[string]json.RawMessage, err error) {
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, nil, fmt.Errorf("decoding the invocation: %w", syntaxOnly(err))
	}
	value, ok := e.Data[binding]
	if !ok {
		return nil, nil, fmt.Errorf("decoding the invocation: Data has no binding %q", binding)
	}
	return value, e.Metadata, nil
}

// syntaxOnly replaces a JSON error by one that has its position and quotes no data.
func syntaxOnly(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("broken JSON at byte %d", syntax.Offset)
	}
	var shape *json.UnmarshalTypeError
	if errors.As(err, &shape) {
		return fmt.Errorf("JSON of another shape at byte %d", shape.Offset)
	}
	return errors.New("broken JSON")
}

package customhandler

import (
	"encoding/json"
	"fmt"
)

// fields reads named values one by one and keeps the first error, which names
// the field and quotes nothing.
type fields struct {
	of     string // whose fields, for errors
	values map[string]json.RawMessage
	err    error
}

func get[T any](d *fields, name string, read func(json.RawMessage) (T, error)) T {
	v, err := read(d.values[name])
	if err != nil && d.err == nil {
		d.err = fmt.Errorf("decoding the %s's %s: %w", d.of, name, err)
	}
	return v
}

// either names the first of two spellings, unless that one is missing.
func (d *fields) either(first, second string) string {
	if absent(d.values[first]) {
		return second
	}
	return first
}

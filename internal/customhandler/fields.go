package customhandler

import (
	"encoding/json"
	"fmt"
)

// fields reads named values one by one and keeps the first error. The error names the
// field and quotes nothing of its value.
type fields struct {
	of     string // what the fields belong to, for errors
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

// either returns the first of two names of a field, or the second if there is no value
// under the first.
func (d *fields) either(first, second string) string {
	if absent(d.values[first]) {
		return second
	}
	return first
}

package wire

import (
	"errors"
	"fmt"
	"time"
)

// Symbol is an AMQP symbol: a name from a closed vocabulary, in ASCII.
type Symbol string

// UUID is an AMQP uuid, in the byte order of RFC 4122.
type UUID [16]byte

// Raw is one encoded value, constructor included. The zero value stands for a
// value that was not there and counts as null.
type Raw []byte

// Entry is one pair of a [Map].
type Entry struct{ Key, Value Raw }

// Map is an AMQP map in the order in which it came.
type Map []Entry

// Described is a value with a numeric descriptor.
type Described struct {
	Code  uint64
	Value Raw
}

// Errors of decoding. They name no value: those may be personal.
var (
	// ErrShort says that bytes end within a value.
	ErrShort = errors.New("amqp: the bytes end within a value")
	// ErrNesting says that values nest deeper than maxDepth.
	ErrNesting = errors.New("amqp: values nest too deep")
	// ErrType says that a value has another type than its place allows.
	ErrType = errors.New("amqp: a value of another type was expected")
)

// maxDepth bounds how deep descriptors, lists, maps and arrays may nest.
const maxDepth = 32

// Constructors that code asks for by name; the others stand in decode.go.
const (
	codeDescribed = 0x00
	codeNull      = 0x40
)

// IsNull reports whether the value is null or absent.
func (r Raw) IsNull() bool { return len(r) == 0 || r[0] == codeNull }

// Text returns a string's or a symbol's characters.
func (r Raw) Text() (string, error) {
	switch v := r.scalar().(type) {
	case string:
		return v, nil
	case Symbol:
		return string(v), nil
	}
	return "", ErrType
}

// Bytes returns the content of a binary; it shares memory with r.
func (r Raw) Bytes() ([]byte, error) {
	if v, ok := r.scalar().([]byte); ok {
		return v, nil
	}
	return nil, ErrType
}

// Int returns an integer of any width and sign that fits into 64 bits.
func (r Raw) Int() (int64, error) {
	switch v := r.scalar().(type) {
	case uint8:
		return int64(v), nil
	case uint16:
		return int64(v), nil
	case uint32:
		return int64(v), nil
	case uint64:
		if int64(v) >= 0 {
			return int64(v), nil
		}

	case int8:
		return int64(v), nil
	case int16:
		return int64(v), nil
	case int32:
		return int64(v), nil
	case int64:
		return v, nil
	}
	return 0, ErrType
}

// Bool returns a boolean.
func (r Raw) Bool() (bool, error) {
	if v, ok := r.scalar().(bool); ok {
		return v, nil
	}
	return false, ErrType
}

// Time returns a timestamp, which counts in milliseconds.
func (r Raw) Time() (time.Time, error) {
	if v, ok := r.scalar().(time.Time); ok {
		return v, nil
	}
	return time.Time{}, ErrType
}

// UUID returns a uuid.
func (r Raw) UUID() (UUID, error) {
	if v, ok := r.scalar().(UUID); ok {
		return v, nil
	}
	return UUID{}, ErrType
}

// scalar returns the decoded value of anything but containers; nil for those,
// for null, and for what is malformed.
func (r Raw) scalar() any {
	if len(r) == 0 || r[0] == codeDescribed || r[0] >= 0xc0 {
		return nil
	}
	v, err := r.Value()
	if err != nil {
		return nil
	}
	return v
}

// Get returns the value of the first entry whose key is name, as a string or a
// symbol; without one, the zero Raw.
func (m Map) Get(name string) Raw {
	for _, e := range m {
		if k, err := e.Key.Text(); err == nil && k == name {
			return e.Value
		}
	}
	return nil
}

// Set returns the map with a value for the key: in place when an equal one is there,
// else at the end. The key is a string or a symbol; any other type panics.
func (m Map) Set(key any, value any) Map {
	k, v := Encode(key), Encode(value)
	name, err := k.Text()
	if err != nil {
		panic(fmt.Sprintf("wire: a %T is no map key", key))
	}
	for i, e := range m {
		if have, err := e.Key.Text(); err == nil && have == name {
			m[i].Value = v
			return m
		}
	}
	return append(m, Entry{Key: k, Value: v})
}

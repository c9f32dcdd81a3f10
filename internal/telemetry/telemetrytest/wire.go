// Package telemetrytest has a collector for tests, which reads OTLP for itself.
package telemetrytest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// message is a message of protobuf by the numbers of its members. A member is a uint64 or
// []byte.
type message map[uint64][]any

var errCutOff = errors.New("the message is cut off")

// read decodes a message, without what its members hold.
func read(b []byte) (message, error) {
	m := message{}
	for len(b) > 0 {
		tag, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, errCutOff
		}
		value, rest, err := readValue(b[n:], tag&7)
		if err != nil {
			return nil, fmt.Errorf("member %d: %w", tag>>3, err)
		}
		m[tag>>3] = append(m[tag>>3], value)
		b = rest
	}
	return m, nil
}

func readValue(b []byte, kind uint64) (value any, rest []byte, err error) {
	switch kind {
	case 0:
		v, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, nil, errCutOff
		}
		return v, b[n:], nil
	case 1:
		if len(b) < 8 {
			return nil, nil, errCutOff
		}
		return binary.LittleEndian.Uint64(b), b[8:], nil
	case 2:
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return nil, nil, errCutOff
		}
		return b[n:][:size], b[n:][size:], nil
	case 5:
		if len(b) < 4 {
			return nil, nil, errCutOff
		}
		return uint64(binary.LittleEndian.Uint32(b)), b[4:], nil
	default:
		return nil, nil, fmt.Errorf("unknown wire type %d", kind)
	}
}

// all decodes the messages that a member is.
func (m message) all(field uint64) (out []message, err error) {
	for _, v := range m[field] {
		b, ok := v.([]byte)
		if !ok {
			return nil, fmt.Errorf("member %d is no message", field)
		}
		inner, err := read(b)
		if err != nil {
			return nil, fmt.Errorf("in member %d: %w", field, err)
		}
		out = append(out, inner)
	}
	return out, nil
}

// one decodes the message that a member is, an empty one where there is none.
func (m message) one(field uint64) (message, error) {
	all, err := m.all(field)
	if err != nil || len(all) == 0 {
		return message{}, err
	}
	return all[0], nil
}

func (m message) bytes(field uint64) []byte {
	if v := m[field]; len(v) > 0 {
		b, _ := v[0].([]byte)
		return b
	}
	return nil
}

func (m message) number(field uint64) uint64 {
	if v := m[field]; len(v) > 0 {
		n, _ := v[0].(uint64)
		return n
	}
	return 0
}

func (m message) double(field uint64) float64 { return math.Float64frombits(m.number(field)) }

func (m message) packed(field uint64) (out []uint64) {
	for b := m.bytes(field); len(b) >= 8; b = b[8:] {
		out = append(out, binary.LittleEndian.Uint64(b))
	}
	return out
}

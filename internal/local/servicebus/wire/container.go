package wire

import (
	"encoding/binary"
	"fmt"
)

// container decodes a list, map or array; b is what follows its constructor.
func container(code byte, b []byte) (any, error) {
	if code == 0x45 {
		return []Raw{}, nil
	}
	wide := code&0x10 != 0
	count, b, err := itemCount(wide, b)
	if err != nil {
		return nil, err
	}
	switch code {
	case 0xc0, 0xd0:
		return items(count, b)
	case 0xc1, 0xd1:
		return pairs(count, b)
	case 0xe0, 0xf0:
		return elements(count, b)
	}
	return nil, fmt.Errorf("amqp: unknown constructor %#02x", code)
}

// itemCount reads size and count of a container and returns what follows. A
// count above the bytes that are left is refused: only items without a byte of
// their own could be so many, and they would take memory that nobody sent.
func itemCount(wide bool, b []byte) (int, []byte, error) {
	var count int
	if wide {
		if len(b) < 8 {
			return 0, nil, ErrShort
		}
		count, b = int(binary.BigEndian.Uint32(b[4:])), b[8:]
	} else {
		if len(b) < 2 {
			return 0, nil, ErrShort
		}
		count, b = int(b[1]), b[2:]
	}
	if count > len(b) {
		return 0, nil, ErrShort
	}
	return count, b, nil
}

func items(count int, b []byte) ([]Raw, error) {
	list := make([]Raw, 0, count)
	for range count {
		item, rest, err := Next(b)
		if err != nil {
			return nil, err
		}
		list, b = append(list, item), rest
	}
	return list, nil
}

func pairs(count int, b []byte) (Map, error) {
	if count%2 != 0 {
		return nil, fmt.Errorf("amqp: a map has an odd number of items")
	}
	list, err := items(count, b)
	if err != nil {
		return nil, err
	}
	m := make(Map, 0, count/2)
	for i := 0; i < count; i += 2 {
		m = append(m, Entry{Key: list[i], Value: list[i+1]})
	}
	return m, nil
}

// elements gives each element of an array its constructor back. Arrays of
// described values, which no client sends, are refused.
func elements(count int, b []byte) ([]Raw, error) {
	if count == 0 {
		return []Raw{}, nil
	}
	code, b := b[0], b[1:]
	if code == codeDescribed {
		return nil, fmt.Errorf("amqp: arrays of described values are not supported")
	}
	list := make([]Raw, 0, count)
	for range count {
		n, err := payloadSize(code, b)
		if err != nil {
			return nil, err
		}
		item := append(Raw{code}, b[:n]...)
		list, b = append(list, item), b[n:]
	}
	return list, nil
}

// List returns the items of a list or an array.
func (r Raw) List() ([]Raw, error) {
	v, err := r.Value()
	if err != nil {
		return nil, err
	}
	if list, ok := v.([]Raw); ok {
		return list, nil
	}
	return nil, ErrType
}

// Map returns the entries of a map; null is an empty one.
func (r Raw) Map() (Map, error) {
	if r.IsNull() {
		return nil, nil
	}
	v, err := r.Value()
	if err != nil {
		return nil, err
	}
	if m, ok := v.(Map); ok {
		return m, nil
	}
	return nil, ErrType
}

// Described returns descriptor and value of a described value.
func (r Raw) Described() (Described, error) {
	v, err := r.Value()
	if err != nil {
		return Described{}, err
	}
	if d, ok := v.(Described); ok {
		return d, nil
	}
	return Described{}, ErrType
}

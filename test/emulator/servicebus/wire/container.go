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
// count above the number of bytes left is refused: only items of no bytes could be
// so many, and they would take far more memory than bytes were sent.
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

// elements returns the elements of an array, each with its constructor in front.
// Arrays of described values, which no client sends, are refused.
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
	if len(r) == 0 || r[0] != codeDescribed {
		return Described{}, ErrType
	}
	n, err := size(r, maxDepth)
	if err != nil {
		return Described{}, err
	}
	return described(r[1:n])
}

// checkItems makes sure that r is a list, or with pairs a map, of whole items,
// and takes no memory for it.
func (r Raw) checkItems(pairs bool) error {
	count, b, err := r.open(pairs)
	if err != nil {
		return err
	}
	for range count {
		if _, b, err = Next(b); err != nil {
			return err
		}
	}
	return nil
}

// open returns the number of items of a list, or with pairs of a map, and their
// bytes.
func (r Raw) open(pairs bool) (count int, b []byte, err error) {
	if len(r) == 0 {
		return 0, nil, ErrType
	}

	code := r[0]
	switch {
	case !pairs && code == 0x45:
		return 0, nil, nil
	case !pairs && (code == 0xc0 || code == 0xd0), pairs && (code == 0xc1 || code == 0xd1):
	default:
		return 0, nil, ErrType
	}

	if count, b, err = itemCount(code&0x10 != 0, r[1:]); err == nil && pairs && count%2 != 0 {
		err = ErrType
	}

	return count, b, err
}

// item returns item i of a list; null past its end.
func (r Raw) item(i int) (Raw, error) {
	count, b, err := r.open(false)
	if err != nil || i >= count {
		return nil, err
	}
	for {
		var v Raw
		if v, b, err = Next(b); err != nil || i == 0 {
			return v, err
		}
		i--
	}
}

package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// Next splits the first value off b. The value shares memory with b.
func Next(b []byte) (Raw, []byte, error) {
	n, err := size(b, maxDepth)
	if err != nil {
		return nil, nil, err
	}
	return Raw(b[:n:n]), b[n:], nil
}

// size returns how many bytes the first value of b takes.
func size(b []byte, depth int) (int, error) {
	if len(b) == 0 {
		return 0, ErrShort
	}
	if b[0] != codeDescribed {
		n, err := payloadSize(b[0], b[1:])
		return 1 + n, err
	}
	if depth == 0 {
		return 0, ErrNesting
	}

	descriptor, err := size(b[1:], depth-1)
	if err != nil {
		return 0, err
	}

	value, err := size(b[1+descriptor:], depth-1)
	if err != nil {
		return 0, err
	}

	return 1 + descriptor + value, nil
}

// payloadSize returns how many bytes follow a constructor: its high nibble
// decides (part 1, 1.2). The bytes are there when the error is nil.
func payloadSize(code byte, b []byte) (int, error) {
	var n int
	switch code >> 4 {
	case 0x4:
		n = 0
	case 0x5:
		n = 1
	case 0x6:
		n = 2
	case 0x7:
		n = 4
	case 0x8:
		n = 8
	case 0x9:
		n = 16
	case 0xa, 0xc, 0xe:
		if len(b) < 1 {
			return 0, ErrShort
		}
		n = 1 + int(b[0])

	case 0xb, 0xd, 0xf:
		if len(b) < 4 {
			return 0, ErrShort
		}
		n = 4 + int(binary.BigEndian.Uint32(b))

	default:
		return 0, fmt.Errorf("amqp: unknown constructor %#02x", code)
	}
	if n > len(b) {
		return 0, ErrShort
	}

	return n, nil
}

// Value decodes r. Go types: bool, (u)int8–64, float32, float64, string,
// []byte, [Symbol], [UUID], time.Time, []Raw for lists and arrays, [Map],
// [Described]. Chars and decimals stay [Raw]; null is nil. Containers are
// decoded one level deep.
func (r Raw) Value() (any, error) {
	if len(r) == 0 {
		return nil, nil
	}
	n, err := size(r, maxDepth)
	if err != nil {
		return nil, err
	}

	code, b := r[0], []byte(r[1:n])
	switch {
	case code == codeDescribed:
		d, err := described(b)
		if err != nil {
			return nil, err
		}
		return d, nil

	case code == 0x45 || code >= 0xc0:
		return container(code, b)
	case code >= 0xa0:
		return text(code, b)
	default:
		return number(r[:n], b)
	}
}

func described(b []byte) (Described, error) {
	descriptor, rest, err := Next(b)
	if err != nil {
		return Described{}, err
	}
	code, err := descriptor.Int()
	if err != nil {
		return Described{}, fmt.Errorf("reading a descriptor: %w", err)
	}
	return Described{Code: uint64(code), Value: Raw(rest)}, nil
}

// text decodes what has a length and no items.
func text(code byte, b []byte) (any, error) {
	if code >= 0xb0 {
		b = b[4:]
	} else {
		b = b[1:]
	}

	switch code {
	case 0xa0, 0xb0:
		return b, nil
	case 0xa1, 0xb1:
		return string(b), nil
	case 0xa3, 0xb3:
		return Symbol(b), nil
	}
	return nil, fmt.Errorf("amqp: unknown constructor %#02x", code)
}

// number decodes what has a fixed width; r is the whole value, b what follows
// its constructor.
func number(r Raw, b []byte) (any, error) {
	be := binary.BigEndian
	switch r[0] {
	case codeNull:
		return nil, nil
	case 0x41:
		return true, nil
	case 0x42:
		return false, nil
	case 0x43:
		return uint32(0), nil
	case 0x44:
		return uint64(0), nil
	case 0x50:
		return b[0], nil
	case 0x51:
		return int8(b[0]), nil
	case 0x52:
		return uint32(b[0]), nil
	case 0x53:
		return uint64(b[0]), nil
	case 0x54:
		return int32(int8(b[0])), nil
	case 0x55:
		return int64(int8(b[0])), nil
	case 0x56:
		return b[0] != 0, nil
	case 0x60:
		return be.Uint16(b), nil
	case 0x61:
		return int16(be.Uint16(b)), nil
	case 0x70:
		return be.Uint32(b), nil
	case 0x71:
		return int32(be.Uint32(b)), nil
	case 0x72:
		return math.Float32frombits(be.Uint32(b)), nil
	case 0x80:
		return be.Uint64(b), nil
	case 0x81:
		return int64(be.Uint64(b)), nil
	case 0x82:
		return math.Float64frombits(be.Uint64(b)), nil
	case 0x83:
		return time.UnixMilli(int64(be.Uint64(b))).UTC(), nil
	case 0x98:
		return UUID(b), nil
	case 0x73, 0x74, 0x84, 0x94:
		return r, nil
	}
	return nil, fmt.Errorf("amqp: unknown constructor %#02x", r[0])
}

package legible

import "encoding/binary"

// described is the constructor of a value with a descriptor.
const described = 0x00

// maxDepth bounds how deep values nest.
const maxDepth = 32

// The high digit of a constructor says how long its value is: a fixed number of bytes, or a
// size of one or four bytes and as many bytes as that says.
const (
	shortVariable, longVariable = 0xa, 0xb
	shortCompound, longCompound = 0xc, 0xd
	shortArray, longArray       = 0xe, 0xf
)

// fixedSize returns the length of the values of a constructor of the digits 4 to 9.
func fixedSize(constructor byte) (int, bool) {
	switch constructor >> 4 {
	case 4:
		return 0, true
	case 5, 6, 7, 8, 9:
		return 1 << (constructor>>4 - 5), true
	}
	return 0, false
}

// valueEnd returns where the value that begins at a place ends.
func valueEnd(b []byte, at int) (end int, ok bool) {
	for range maxDepth {
		if at >= len(b) || b[at] != described {
			return plainEnd(b, at)
		}
		if at, ok = plainEnd(b, at+1); !ok { // the descriptor
			return 0, false
		}
	}
	return 0, false
}

// plainEnd is valueEnd for a value without a descriptor.
func plainEnd(b []byte, at int) (end int, ok bool) {
	if at >= len(b) {
		return 0, false
	}
	size, head, ok := extent(b[at:])
	end = at + head + size
	return end, ok && end <= len(b)
}

// extent returns the length of a value behind its constructor and size, and where it
// begins.
func extent(b []byte) (size, head int, ok bool) {
	if size, ok := fixedSize(b[0]); ok {
		return size, 1, true
	}
	switch b[0] >> 4 {
	case shortVariable, shortCompound, shortArray:
		if len(b) < 2 {
			return 0, 0, false
		}
		return int(b[1]), 2, true

	case longVariable, longCompound, longArray:
		if len(b) < 5 {
			return 0, 0, false
		}
		size := binary.BigEndian.Uint32(b[1:])
		return int(size), 5, size <= maxHeld
	}
	return 0, 0, false
}

// describedAt returns the numeric descriptor of the value at a place, and where the value
// behind it begins.
func describedAt(b []byte, at int) (code uint64, value int, ok bool) {
	if at+1 >= len(b) || b[at] != described {
		return 0, 0, false
	}
	end, ok := plainEnd(b, at+1)
	if !ok || end >= len(b) {
		return 0, 0, false
	}
	switch b[at+1] {
	case 0x44, 0x53, 0x80:
		return number(b[at+1 : end]), end, true
	}
	return 0, 0, false
}

// number reads an unsigned number.
func number(v []byte) (n uint64) {
	for _, b := range v[1:] {
		n = n<<8 | uint64(b)
	}
	return n
}

// elements returns the values in a list or a map. They share memory with it.
func elements(v []byte) (out [][]byte, ok bool) {
	if len(v) == 0 || (v[0]>>4 != shortCompound && v[0]>>4 != longCompound) {
		return nil, len(v) > 0 && v[0] == 0x45 // the empty list
	}
	_, head, ok := extent(v)
	if !ok {
		return nil, false
	}

	count := 1 << (2 * (v[0]>>4 - shortCompound)) // bytes of the number of elements
	for at := head + count; at < len(v); {
		end, ok := valueEnd(v, at)
		if !ok {
			return nil, false
		}
		out = append(out, v[at:end:end])
		at = end
	}

	return out, true
}

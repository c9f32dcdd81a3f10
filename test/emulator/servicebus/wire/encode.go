package wire

import (
	"encoding/binary"
	"reflect"
	"slices"
	"time"
)

// Encode returns v as one encoded value. See [Append].
func Encode(v any) Raw { return Append(nil, v) }

// Append adds v to b in its shortest form. It takes the Go types that
// [Raw.Value] returns, optional numbers as pointers (nil is null), []Symbol,
// []int64 and []time.Time as arrays, and []any as a list. Any other type is a
// mistake of the caller: it panics.
func Append(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, codeNull)
	case Raw:
		if len(v) == 0 {
			return append(b, codeNull)
		}
		return append(b, v...)

	case []byte:
		return appendText(b, 0xa0, v)
	case string:
		return appendText(b, 0xa1, v)
	case Symbol:
		return appendText(b, 0xa3, v)
	case bool:
		if v {
			return append(b, 0x41)
		}
		return append(b, 0x42)

	case UUID:
		return append(append(b, 0x98), v[:]...)
	case time.Time:
		return binary.BigEndian.AppendUint64(append(b, 0x83), uint64(v.UnixMilli()))
	case Described:
		return append(Append(append(b, codeDescribed), v.Code), v.Value...)
	case []any:
		return appendList(b, v)
	case Map:
		return appendMap(b, v)
	case []Symbol, []int64, []time.Time:
		return appendArray(b, v)
	default:
		return appendNumber(b, v)
	}
}

func appendNumber(b []byte, v any) []byte {
	be := binary.BigEndian
	switch v := v.(type) {
	case *uint8:
		if v == nil {
			return append(b, codeNull)
		}
		return append(b, 0x50, *v)

	case *uint16:
		if v == nil {
			return append(b, codeNull)
		}
		return be.AppendUint16(append(b, 0x60), *v)

	case *uint32:
		if v == nil {
			return append(b, codeNull)
		}
		return appendNumber(b, *v)

	case uint8:
		return append(b, 0x50, v)
	case uint16:
		return be.AppendUint16(append(b, 0x60), v)
	case uint32:
		switch {
		case v == 0:
			return append(b, 0x43)
		case v < 256:
			return append(b, 0x52, byte(v))
		}
		return be.AppendUint32(append(b, 0x70), v)

	case uint64:
		switch {
		case v == 0:
			return append(b, 0x44)
		case v < 256:
			return append(b, 0x53, byte(v))
		}
		return be.AppendUint64(append(b, 0x80), v)

	case int32:
		return be.AppendUint32(append(b, 0x71), uint32(v))
	case int64:
		return be.AppendUint64(append(b, 0x81), uint64(v))
	}

	// Not fmt, which would put every value that is ever encoded on the heap.
	panic("wire: cannot encode a " + reflect.TypeOf(v).String())
}

// appendText adds what has a length; code is that of the one-byte length.
func appendText[T ~string | ~[]byte](b []byte, code byte, v T) []byte {
	if len(v) < 256 {
		return append(append(b, code, byte(len(v))), v...)
	}
	b = binary.BigEndian.AppendUint32(append(b, code+0x10), uint32(len(v)))
	return append(b, v...)
}

// openItems begins a container; code is that of the one-byte size. Its items are
// appended to the result, and closeItems ends it.
func openItems(b []byte, code byte) []byte { return append(b, code, 0, 0) }

// closeItems fills in size and count of the container that begins at start, and
// makes room for a wide size if it needs one.
func closeItems(b []byte, start, count int) []byte {
	const narrow, wide = 3, 9 // bytes before the first item
	size := len(b) - start - narrow
	if size < 255 && count < 256 {
		b[start+1], b[start+2] = byte(size+1), byte(count)
		return b
	}
	b = slices.Insert(b, start+narrow, make([]byte, wide-narrow)...)
	b[start] += 0x10
	binary.BigEndian.PutUint32(b[start+1:], uint32(size+4))
	binary.BigEndian.PutUint32(b[start+5:], uint32(count))
	return b
}

func appendList(b []byte, list []any) []byte {
	if len(list) == 0 {
		return append(b, 0x45)
	}
	start := len(b)
	b = openItems(b, 0xc0)
	for _, v := range list {
		b = Append(b, v)
	}
	return closeItems(b, start, len(list))
}

func appendMap(b []byte, m Map) []byte {
	start := len(b)
	b = openItems(b, 0xc1)
	for _, e := range m {
		b = append(append(b, e.Key...), e.Value...)
	}
	return closeItems(b, start, 2*len(m))
}

// appendArray adds an array: one constructor, then elements of equal width.
func appendArray(b []byte, v any) []byte {
	be := binary.BigEndian
	start := len(b)
	b = openItems(b, 0xe0)
	switch v := v.(type) {
	case []Symbol:
		b = append(b, 0xb3)
		for _, s := range v {
			b = append(be.AppendUint32(b, uint32(len(s))), s...)
		}
		return closeItems(b, start, len(v))

	case []int64:
		b = append(b, 0x81)
		for _, n := range v {
			b = be.AppendUint64(b, uint64(n))
		}
		return closeItems(b, start, len(v))

	case []time.Time:
		b = append(b, 0x83)
		for _, t := range v {
			b = be.AppendUint64(b, uint64(t.UnixMilli()))
		}
		return closeItems(b, start, len(v))
	}

	panic("wire: cannot encode a " + reflect.TypeOf(v).String() + " as an array")
}

// composite adds a described list without its trailing nulls (part 1, 1.4).
func composite(b []byte, code uint64, fields ...any) []byte {
	for len(fields) > 0 && isNull(fields[len(fields)-1]) {
		fields = fields[:len(fields)-1]
	}
	return appendList(Append(append(b, codeDescribed), code), fields)
}

func isNull(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case Raw:
		return v.IsNull()
	case *uint8:
		return v == nil
	case *uint16:
		return v == nil
	case *uint32:
		return v == nil
	}
	return false
}

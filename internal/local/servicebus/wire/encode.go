package wire

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Encode returns v as one encoded value. See [Append].
func Encode(v any) Raw { return Append(nil, v) }

// Append adds v to b in its shortest form. It takes the Go types that
// [Raw.Value] gives, optional numbers as pointers (nil is null), []Symbol,
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
	panic(fmt.Sprintf("wire: cannot encode a %T", v))
}

// appendText adds what has a length; code is that of the one-byte length.
func appendText[T ~string | ~[]byte](b []byte, code byte, v T) []byte {
	if len(v) < 256 {
		return append(append(b, code, byte(len(v))), v...)
	}
	b = binary.BigEndian.AppendUint32(append(b, code+0x10), uint32(len(v)))
	return append(b, v...)
}

// appendItems adds a container; code is that of the one-byte size.
func appendItems(b []byte, code byte, count int, content []byte) []byte {
	if len(content) < 255 && count < 256 {
		b = append(b, code, byte(len(content)+1), byte(count))
		return append(b, content...)
	}
	b = binary.BigEndian.AppendUint32(append(b, code+0x10), uint32(len(content)+4))
	b = binary.BigEndian.AppendUint32(b, uint32(count))
	return append(b, content...)
}

func appendList(b []byte, list []any) []byte {
	if len(list) == 0 {
		return append(b, 0x45)
	}
	var content []byte
	for _, v := range list {
		content = Append(content, v)
	}
	return appendItems(b, 0xc0, len(list), content)
}

func appendMap(b []byte, m Map) []byte {
	var content []byte
	for _, e := range m {
		content = append(append(content, e.Key...), e.Value...)
	}
	return appendItems(b, 0xc1, 2*len(m), content)
}

// appendArray adds an array: one constructor, then elements of equal width.
func appendArray(b []byte, v any) []byte {
	be := binary.BigEndian
	switch v := v.(type) {
	case []Symbol:
		content := []byte{0xb3}
		for _, s := range v {
			content = append(be.AppendUint32(content, uint32(len(s))), s...)
		}
		return appendItems(b, 0xe0, len(v), content)
	case []int64:
		content := []byte{0x81}
		for _, n := range v {
			content = be.AppendUint64(content, uint64(n))
		}
		return appendItems(b, 0xe0, len(v), content)
	case []time.Time:
		content := []byte{0x83}
		for _, t := range v {
			content = be.AppendUint64(content, uint64(t.UnixMilli()))
		}
		return appendItems(b, 0xe0, len(v), content)
	}
	panic(fmt.Sprintf("wire: cannot encode a %T as an array", v))
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

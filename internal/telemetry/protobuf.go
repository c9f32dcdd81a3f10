package telemetry

import (
	"encoding/binary"
	"math"
)

// wire is a message in protobuf's encoding. Members are appended in any order; those that
// are zero may be left out.
// (https://protobuf.dev/programming-guides/encoding/)
type wire []byte

const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

func (w *wire) tag(field, kind int) {
	*w = binary.AppendUvarint(*w, uint64(field)<<3|uint64(kind)) //nolint:gosec // both are small
}

func (w *wire) varint(field int, v uint64) {
	if v != 0 {
		w.tag(field, wireVarint)
		*w = binary.AppendUvarint(*w, v)
	}
}

// fixed64 appends a number even if it is zero: in a choice between members it says which.
func (w *wire) fixed64(field int, v uint64) {
	w.tag(field, wireFixed64)
	*w = binary.LittleEndian.AppendUint64(*w, v)
}

func (w *wire) double(field int, v float64) { w.fixed64(field, math.Float64bits(v)) }

func (w *wire) fixed32(field int, v uint32) {
	w.tag(field, wireFixed32)
	*w = binary.LittleEndian.AppendUint32(*w, v)
}

func (w *wire) bytes(field int, b []byte) {
	w.tag(field, wireBytes)
	*w = binary.AppendUvarint(*w, uint64(len(b)))
	*w = append(*w, b...)
}

func (w *wire) text(field int, s string) {
	if s != "" {
		w.tag(field, wireBytes)
		*w = binary.AppendUvarint(*w, uint64(len(s)))
		*w = append(*w, s...)
	}
}

// message appends a message of its own. Its length, which comes first, is known last.
func (w *wire) message(field int, write func(*wire)) {
	w.tag(field, wireBytes)
	at := len(*w)
	write(w)
	size := binary.AppendUvarint(nil, uint64(len(*w)-at))

	*w = append(*w, size...)
	copy((*w)[at+len(size):], (*w)[at:len(*w)-len(size)])
	copy((*w)[at:], size)
}

func appendInt(w wire, v int64) wire {
	return binary.AppendUvarint(w, uint64(v)) //nolint:gosec // as protobuf writes an int64
}

func appendFixed64(w wire, v uint64) wire { return binary.LittleEndian.AppendUint64(w, v) }

func appendDouble(w wire, v float64) wire { return appendFixed64(w, math.Float64bits(v)) }

// rejected returns how many spans or points a collector's answer says that it has refused:
// the first member of its first message. What can't be read is none.
func rejected(answer []byte) int64 {
	if len(answer) == 0 || answer[0] != 1<<3|wireBytes {
		return 0
	}
	size, n := binary.Uvarint(answer[1:])
	inner := answer[1+max(n, 0):]
	if n <= 0 || size == 0 || size > uint64(len(inner)) || inner[0] != 1<<3|wireVarint {
		return 0
	}

	count, n := binary.Uvarint(inner[1:size])
	if n <= 0 || count > math.MaxInt64 {
		return 0
	}
	return int64(count)
}

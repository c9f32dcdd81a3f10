package telemetry

import (
	"crypto/rand"
	"encoding/hex"
)

// TraceID identifies a trace. All zeros are none.
type TraceID [16]byte

// SpanID identifies a span. All zeros are none.
type SpanID [8]byte

// IsZero reports whether there is no id.
func (id TraceID) IsZero() bool { return id == TraceID{} }

// IsZero reports whether there is no id.
func (id SpanID) IsZero() bool { return id == SpanID{} }

// String returns 32 hex digits.
func (id TraceID) String() string { return hex.EncodeToString(id[:]) }

// String returns 16 hex digits.
func (id SpanID) String() string { return hex.EncodeToString(id[:]) }

func newTraceID() (id TraceID) {
	for id.IsZero() {
		_, _ = rand.Read(id[:]) // never fails: it ends the process instead
	}
	return id
}

func newSpanID() (id SpanID) {
	for id.IsZero() {
		_, _ = rand.Read(id[:])
	}
	return id
}

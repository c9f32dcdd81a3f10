package telemetry

import (
	"encoding/binary"
	"math"
)

// Sampler decides which traces are recorded. It goes by the trace id, so that all processes
// decide alike and a trace is recorded whole or not at all.
type Sampler struct {
	// ByParent follows what a caller of another system has decided.
	ByParent bool
	// Ratio is the share of the other traces that is recorded, from 0 to 1.
	Ratio float64
}

// samples reports whether a trace is recorded. It draws the line as OpenTelemetry's SDKs do.
func (s Sampler) samples(id TraceID) bool {
	switch {
	case s.Ratio >= 1:
		return true
	case s.Ratio <= 0 || math.IsNaN(s.Ratio):
		return false
	}
	bound := uint64(s.Ratio * (1 << 63))
	return binary.BigEndian.Uint64(id[8:])>>1 < bound
}

// follows is samples, but where a caller has decided its word counts.
func (s Sampler) follows(caller SpanContext) bool {
	if s.ByParent {
		return caller.Sampled
	}
	return s.samples(caller.TraceID)
}

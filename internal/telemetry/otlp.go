package telemetry

import (
	"time"
)

// The members of OTLP's messages that are written here, by their numbers.
// (https://github.com/open-telemetry/opentelemetry-proto, release 1.8)

// scopeName names what has recorded the spans and points.
const scopeName = "azureml-dsr/internal/telemetry"

// cumulative and delta are OTLP's AggregationTemporality.
const (
	temporalityDelta      = 1
	temporalityCumulative = 2
)

const statusError = 2 // of Status.StatusCode

// encodeSpans returns an ExportTraceServiceRequest.
func encodeSpans(of Resource, spans []data) []byte {
	var w wire
	w.message(1, func(w *wire) { // ResourceSpans
		w.message(1, func(w *wire) { encodeResource(w, of) })
		w.message(2, func(w *wire) { // ScopeSpans
			w.message(1, func(w *wire) { encodeScope(w, of) })
			for i := range spans {
				w.message(2, func(w *wire) { encodeSpan(w, &spans[i]) })
			}
		})
	})
	return w
}

func encodeResource(w *wire, of Resource) {
	for _, a := range of.Attributes {
		encodeText(w, 1, a.Key, a.Value)
	}
}

func encodeScope(w *wire, of Resource) {
	w.text(1, scopeName)
	w.text(2, of.Version)
}

// encodeText appends a KeyValue with a text.
func encodeText(w *wire, field int, key, value string) {
	w.message(field, func(w *wire) {
		w.text(1, key)
		w.message(2, func(w *wire) { w.bytes(1, []byte(value)) })
	})
}

func encodeSpan(w *wire, s *data) {
	w.bytes(1, s.context.TraceID[:])
	w.bytes(2, s.context.SpanID[:])
	w.text(3, s.context.State)
	if !s.parent.IsZero() {
		w.bytes(4, s.parent[:])
	}
	w.text(5, s.name)
	w.varint(6, uint64(s.kind))
	w.fixed64(7, nanos(s.start))
	w.fixed64(8, nanos(s.end))
	for i := range s.attributes[:s.count] {
		encodeAttribute(w, &s.attributes[i])
	}
	for i := range s.links {
		w.message(13, func(w *wire) { encodeLink(w, &s.links[i]) })
	}
	if s.failure != "" {
		w.message(15, func(w *wire) { w.varint(3, statusError) })
	}
	w.fixed32(16, flagsOf(s.context))
}

func encodeAttribute(w *wire, a *attribute) {
	if !a.isNumber {
		encodeText(w, 9, a.key, a.text)
		return
	}
	w.message(9, func(w *wire) {
		w.text(1, a.key)
		w.message(2, func(w *wire) {
			w.tag(3, wireVarint)
			*w = appendInt(*w, a.number)
		})
	})
}

func encodeLink(w *wire, to *SpanContext) {
	w.bytes(1, to.TraceID[:])
	w.bytes(2, to.SpanID[:])
	w.text(3, to.State)
	w.fixed32(6, flagsOf(*to))
}

func flagsOf(c SpanContext) uint32 {
	if c.Sampled {
		return sampledFlag
	}
	return 0
}

func nanos(t time.Time) uint64 { return uint64(max(t.UnixNano(), 0)) } //nolint:gosec // not below zero

// encodeMetrics returns an ExportMetricsServiceRequest.
func encodeMetrics(of Resource, all []metricData) []byte {
	var w wire
	w.message(1, func(w *wire) { // ResourceMetrics
		w.message(1, func(w *wire) { encodeResource(w, of) })
		w.message(2, func(w *wire) { // ScopeMetrics
			w.message(1, func(w *wire) { encodeScope(w, of) })
			for _, m := range all {
				w.message(2, func(w *wire) { encodeMetric(w, m) })
			}
		})
	})
	return w
}

func encodeMetric(w *wire, m metricData) {
	w.text(1, m.name)
	w.text(2, m.description)
	w.text(3, m.unit)
	temporality := uint64(temporalityCumulative)
	if m.delta {
		temporality = temporalityDelta
	}

	switch m.kind {
	case gauge:
		w.message(5, func(w *wire) { encodeNumbers(w, m) })
	case counter:
		w.message(7, func(w *wire) {
			encodeNumbers(w, m)
			w.varint(2, temporality)
			w.varint(3, 1) // is_monotonic
		})
	case histogram:
		w.message(9, func(w *wire) {
			for _, p := range m.points {
				w.message(1, func(w *wire) { encodeHistogram(w, m, p) })
			}
			w.varint(2, temporality)
		})
	}
}

func encodeNumbers(w *wire, m metricData) {
	for _, p := range m.points {
		w.message(1, func(w *wire) {
			for _, a := range p.attrs {
				encodeText(w, 7, a.Key, a.Value)
			}
			if m.kind == counter {
				w.fixed64(2, nanos(m.start))
			}
			w.fixed64(3, nanos(m.end))
			w.double(4, p.sum)
		})
	}
}

func encodeHistogram(w *wire, m metricData, p point) {
	for _, a := range p.attrs {
		encodeText(w, 9, a.Key, a.Value)
	}
	w.fixed64(2, nanos(m.start))
	w.fixed64(3, nanos(m.end))
	w.fixed64(4, p.count)
	w.double(5, p.sum)
	w.message(6, func(w *wire) { // packed
		for _, n := range p.buckets {
			*w = appendFixed64(*w, n)
		}
	})
	w.message(7, func(w *wire) {
		for _, b := range m.bounds {
			*w = appendDouble(*w, b)
		}
	})
	w.double(11, p.min)
	w.double(12, p.max)
}

package telemetrytest

import (
	"encoding/hex"
	"strconv"
	"time"
)

// Span is a span as a collector sees it. Ids are hex digits.
type Span struct {
	TraceID, ID, Parent, State string
	Name                       string
	Kind                       int
	Start, End                 time.Time
	Attributes                 map[string]string
	Links                      []Link
	Failed                     bool
	Resource                   map[string]string
}

// Link is a span that another one names.
type Link struct{ TraceID, ID string }

// Metric is a metric as a collector sees it.
type Metric struct {
	Name, Unit, Description string
	Kind                    string // gauge, sum or histogram
	Delta, Monotonic        bool
	Points                  []Point
}

// Point is a point of a metric.
type Point struct {
	Attributes map[string]string
	Start, At  time.Time
	Value      float64 // of a histogram: the sum
	Count      uint64
	Min, Max   float64
	Buckets    []uint64
	Bounds     int
}

// DecodeSpans reads an ExportTraceServiceRequest.
func DecodeSpans(body []byte) (spans []Span, err error) {
	err = eachOfScope(body, func(resource map[string]string, m message) error {
		s, err := decodeSpan(m)
		s.Resource = resource
		spans = append(spans, s)
		return err
	})
	return spans, err
}

// DecodeMetrics reads an ExportMetricsServiceRequest.
func DecodeMetrics(body []byte) (metrics []Metric, err error) {
	err = eachOfScope(body, func(_ map[string]string, m message) error {
		decoded, err := decodeMetric(m)
		metrics = append(metrics, decoded)
		return err
	})
	return metrics, err
}

// eachOfScope calls f with what the scopes of a request hold, and its resource.
func eachOfScope(body []byte, f func(resource map[string]string, m message) error) error {
	request, err := read(body)
	if err != nil {
		return err
	}
	resources, err := request.all(1)
	if err != nil {
		return err
	}
	for _, r := range resources {
		of, err := r.one(1)
		if err != nil {
			return err
		}
		attributes, err := decodeAttributes(of, 1)
		if err != nil {
			return err
		}
		scopes, err := r.all(2)
		if err != nil {
			return err
		}
		for _, scope := range scopes {
			items, err := scope.all(2)
			if err != nil {
				return err
			}
			for _, item := range items {
				if err := f(attributes, item); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func decodeSpan(m message) (Span, error) {
	attributes, err := decodeAttributes(m, 9)
	if err != nil {
		return Span{}, err
	}
	links, err := m.all(13)
	if err != nil {
		return Span{}, err
	}
	status, err := m.one(15)
	if err != nil {
		return Span{}, err
	}

	s := Span{
		TraceID:    hex.EncodeToString(m.bytes(1)),
		ID:         hex.EncodeToString(m.bytes(2)),
		State:      string(m.bytes(3)),
		Parent:     hex.EncodeToString(m.bytes(4)),
		Name:       string(m.bytes(5)),
		Kind:       int(m.number(6)), //nolint:gosec // a small number
		Start:      at(m.number(7)),
		End:        at(m.number(8)),
		Attributes: attributes,
		Failed:     status.number(3) == 2,
	}
	for _, l := range links {
		s.Links = append(s.Links, Link{hex.EncodeToString(l.bytes(1)), hex.EncodeToString(l.bytes(2))})
	}

	return s, nil
}

func at(nanos uint64) time.Time {
	return time.Unix(0, int64(nanos)).UTC() //nolint:gosec // of this century
}

func decodeAttributes(m message, field uint64) (map[string]string, error) {
	all, err := m.all(field)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, kv := range all {
		value, err := kv.one(2)
		if err != nil {
			return nil, err
		}
		text := string(value.bytes(1))
		if _, isNumber := value[3]; isNumber {
			text = strconv.FormatInt(int64(value.number(3)), 10) //nolint:gosec // as protobuf writes an int64
		}
		out[string(kv.bytes(1))] = text
	}
	return out, nil
}

func decodeMetric(m message) (Metric, error) {
	out := Metric{Name: string(m.bytes(1)), Description: string(m.bytes(2)), Unit: string(m.bytes(3))}
	for field, kind := range map[uint64]string{5: "gauge", 7: "sum", 9: "histogram"} {
		if _, ok := m[field]; !ok {
			continue
		}
		of, err := m.one(field)
		if err != nil {
			return out, err
		}
		out.Kind, out.Delta, out.Monotonic = kind, of.number(2) == 1, of.number(3) == 1
		points, err := of.all(1)
		if err != nil {
			return out, err
		}
		for _, p := range points {
			decoded, err := decodePoint(p, kind)
			if err != nil {
				return out, err
			}
			out.Points = append(out.Points, decoded)
		}
	}
	return out, nil
}

func decodePoint(p message, kind string) (Point, error) {
	attributes, value := uint64(7), uint64(4)
	if kind == "histogram" {
		attributes, value = 9, 5
	}
	of, err := decodeAttributes(p, attributes)
	if err != nil {
		return Point{}, err
	}

	out := Point{Attributes: of, Start: at(p.number(2)), At: at(p.number(3)), Value: p.double(value)}
	if kind == "histogram" {
		out.Count, out.Min, out.Max = p.number(4), p.double(11), p.double(12)
		out.Buckets, out.Bounds = p.packed(6), len(p.packed(7))
	}
	return out, nil
}

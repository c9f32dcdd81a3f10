package telemetry

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"time"
)

// Attr is a dimension of a metric: an id or a word of this program, with few different values.
type Attr struct{ Key, Value string }

// maxSeries bounds the combinations of attributes of a metric. What comes then is counted
// together, as OpenTelemetry's SDKs do.
const maxSeries = 1000

// overflow are the attributes of what has too many combinations.
var overflow = []Attr{{"otel.metric.overflow", "true"}}

// metrics counts. It is safe for concurrent use.
type metrics struct {
	// delta hands out what was counted since the last time, and else since the beginning.
	delta bool

	mu     sync.Mutex
	since  time.Time
	series map[*instrument]map[string]*series
}

// series is a metric with one combination of attributes.
type series struct {
	attrs    []Attr
	count    uint64
	sum      float64 // of a gauge: the last value
	min, max float64
	buckets  []uint64
	fresh    bool // has been counted since it was handed out
}

func newMetrics(delta bool, now time.Time) *metrics {
	return &metrics{delta: delta, since: now, series: map[*instrument]map[string]*series{}}
}

// add counts a value. It keeps no reference to attrs.
func (m *metrics) add(i *instrument, value float64, attrs []Attr) {
	var room [128]byte
	name := appendAttrs(room[:0], attrs)

	m.mu.Lock()
	defer m.mu.Unlock()

	all := m.series[i]
	if all == nil {
		all = map[string]*series{}
		m.series[i] = all
	}
	s := all[string(name)]
	if s == nil && len(all) >= maxSeries {
		attrs = overflow
		name = appendAttrs(name[:0], attrs)
		s = all[string(name)]
	}
	if s == nil {
		s = &series{attrs: slices.Clone(attrs), buckets: make([]uint64, len(i.bounds)+1)}
		all[string(name)] = s
	}

	s.observe(i, value)
}

// appendAttrs appends what tells combinations of attributes apart.
func appendAttrs(b []byte, attrs []Attr) []byte {
	for _, a := range attrs {
		b = append(b, a.Key...)
		b = append(b, 0)
		b = append(b, a.Value...)
		b = append(b, 0)
	}
	return b
}

func (s *series) observe(i *instrument, value float64) {
	if s.count == 0 {
		s.min, s.max = math.Inf(1), math.Inf(-1)
	}
	s.count++
	s.fresh = true
	s.min, s.max = min(s.min, value), max(s.max, value)

	switch i.kind {
	case gauge:
		s.sum = value
	case histogram:
		s.buckets[bucketOf(i.bounds, value)]++
		s.sum += value
	case counter:
		s.sum += value
	}
}

// bucketOf returns the bucket of a value: a bound belongs to the bucket below it.
func bucketOf(bounds []float64, value float64) int {
	n, _ := slices.BinarySearch(bounds, value)
	return n
}

// metricData is what is exported of a metric.
type metricData struct {
	*instrument
	delta      bool
	start, end time.Time
	points     []point
}

// point is one combination of attributes of a metric.
type point struct {
	attrs    []Attr
	count    uint64
	sum      float64
	min, max float64
	buckets  []uint64
}

// collect hands out what was counted. A gauge is handed out once for each time that it was
// set, so that what no longer is has no value.
func (m *metrics) collect(now time.Time) []metricData {
	m.mu.Lock()
	defer m.mu.Unlock()

	var out []metricData
	for i, all := range m.series {
		if d := m.handOut(i, all, now); len(d.points) > 0 {
			out = append(out, d)
		}
	}
	if m.delta {
		m.since = now
	}

	slices.SortFunc(out, func(a, b metricData) int { return cmp.Compare(a.name, b.name) })
	return out
}

func (m *metrics) handOut(i *instrument, all map[string]*series, now time.Time) metricData {
	d := metricData{instrument: i, delta: m.delta, start: m.since, end: now}
	for name, s := range all {
		once := m.delta || i.kind == gauge
		if s.fresh || !once {
			d.points = append(d.points, point{
				attrs:   s.attrs,
				count:   s.count,
				sum:     s.sum,
				min:     s.min,
				max:     s.max,
				buckets: slices.Clone(s.buckets),
			})
		}
		if once {
			delete(all, name)
		}
		s.fresh = false
	}
	slices.SortFunc(d.points, func(a, b point) int {
		return slices.Compare(appendAttrs(nil, a.attrs), appendAttrs(nil, b.attrs))
	})
	return d
}

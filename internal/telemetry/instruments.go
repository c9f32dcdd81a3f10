package telemetry

import (
	"context"
	"time"
)

type instrumentKind byte

const (
	counter instrumentKind = iota
	histogram
	gauge
)

// instrument describes a metric.
type instrument struct {
	name, unit, description string
	kind                    instrumentKind
	bounds                  []float64 // of a histogram's buckets
}

// instruments are all metrics, in the order of their declaration.
var instruments []*instrument

func declare(kind instrumentKind, name, unit, description string, bounds []float64) *instrument {
	i := &instrument{name: name, unit: unit, description: description, kind: kind, bounds: bounds}
	instruments = append(instruments, i)
	return i
}

// Counter is a metric that only grows.
type Counter struct{ *instrument }

// Histogram is a metric that records the distribution of values.
type Histogram struct{ *instrument }

// Gauge is a metric that keeps the last value.
type Gauge struct{ *instrument }

func newCounter(name, unit, description string) Counter {
	return Counter{declare(counter, name, unit, description, nil)}
}

func newHistogram(name, unit, description string, bounds []float64) Histogram {
	return Histogram{declare(histogram, name, unit, description, bounds)}
}

func newGauge(name, unit, description string) Gauge {
	return Gauge{declare(gauge, name, unit, description, nil)}
}

// Add adds to the counter. What is added without a Recorder on the context is lost.
func (c Counter) Add(ctx context.Context, n int64, attrs ...Attr) {
	if s := current(ctx); s != nil && n > 0 {
		s.recorder.metrics.add(c.instrument, float64(n), attrs)
	}
}

// Record records a value.
func (h Histogram) Record(ctx context.Context, value float64, attrs ...Attr) {
	if s := current(ctx); s != nil {
		s.recorder.metrics.add(h.instrument, value, attrs)
	}
}

// Took records a duration, in seconds.
func (h Histogram) Took(ctx context.Context, d time.Duration, attrs ...Attr) {
	h.Record(ctx, d.Seconds(), attrs...)
}

// Set sets the value.
func (g Gauge) Set(ctx context.Context, value float64, attrs ...Attr) {
	if s := current(ctx); s != nil {
		s.recorder.metrics.add(g.instrument, value, attrs)
	}
}

// durations are the bounds that OpenTelemetry recommends for seconds of calls, and ages
// those of waiting in a queue.
var (
	durations = []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}
	works     = []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 240, 480}
	ages      = []float64{0.1, 1, 5, 15, 60, 300, 900, 1800, 3600, 14400, 43200, 86400, 604800}
)

// The metrics of the app. docs/operations.md describes them.
var (
	// Documents counts documents that were stored, and Deletions things that were to be
	// deleted, by what became of them.
	Documents = newCounter("dsr.documents", "{document}", "Documents that tasks have stored")
	Deletions = newCounter("dsr.deletions", "{thing}", "Things that tasks were to delete, by what became of them")
	// Failures counts what receipts call a failure.
	Failures = newCounter("dsr.failures", "{failure}", "Failures that receipts name")
	// Closed counts attempts that were closed.
	Closed = newCounter("dsr.requests.closed", "{request}", "Attempts that were closed")
	// TimeToDue is the time until an open attempt is due.
	TimeToDue = newGauge("dsr.request.time_to_due", "d", "Days until an open attempt is due; below zero it is late")

	// Calls is the duration of calls, tries counted one by one.
	Calls = newHistogram("http.client.request.duration", "s", "Duration of a try of a call until its answer begins", durations)
	// Throttles counts answers that ask for a pause.
	Throttles = newCounter("dsr.upstream.throttles", "{answer}", "Answers that ask for a pause")
	// Retries counts tries behind the first one of a call.
	Retries = newCounter("dsr.upstream.retries", "{try}", "Tries of calls behind the first one")
	// BytesRead counts bytes that came from Azure ML, and BytesWritten those that went to
	// storage.
	BytesRead    = newCounter("dsr.upstream.io", "By", "Bytes of answers that were read")
	BytesWritten = newCounter("dsr.storage.io", "By", "Bytes that were written to storage")

	// Consumed is the time that a message was worked on, and Sent counts the ones sent.
	Consumed = newHistogram("messaging.process.duration", "s", "Duration of the work on a message", works)
	Sent     = newCounter("messaging.client.sent.messages", "{message}", "Messages that were sent")
	// QueueAge is how long a message has waited since it was enqueued.
	QueueAge = newHistogram("dsr.queue.age", "s", "Age of a message when its work begins", ages)
	// Served is the duration of requests to the app's own API.
	Served = newHistogram("http.server.request.duration", "s", "Duration of a request to the HTTP API", durations)

	// Operations counts what Azure bills.
	Operations = newCounter("dsr.cost.operations", "{operation}", "What Azure bills by number: storage operations, messages, invocations")
	// Execution is the time of invocations.
	Execution = newCounter("dsr.cost.execution", "ms", "Time that invocations have taken")

	// Lost counts spans and points that were not exported.
	Lost = newCounter("dsr.telemetry.lost", "{item}", "Spans and points that were recorded and not exported")
)

package telemetry

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// spanExporter sends spans. It returns how many of them are lost; err says why.
type spanExporter interface {
	exportSpans(ctx context.Context, spans []data) (lost int64, err error)
}

// metricExporter sends the points of metrics likewise.
type metricExporter interface {
	exportMetrics(ctx context.Context, metrics []metricData) (lost int64, err error)
}

// Recorder records the spans and metrics of a process. A nil Recorder records nothing.
type Recorder struct {
	sampler         Sampler
	spanExporters   []spanExporter
	metricExporters []metricExporter
	spans           *buffer
	metrics         *metrics
	losses          losses
	logger          *slog.Logger

	spanInterval, metricInterval time.Duration

	stop     chan struct{}
	stopOnce sync.Once
	done     chan struct{}
	giveUp   context.CancelFunc // of what is being exported
}

// Close exports what is buffered, for at most patience, and stops the exporter. What is not
// exported by then is lost and counted.
func (r *Recorder) Close(patience time.Duration) {
	if r == nil {
		return
	}
	r.stopOnce.Do(func() { close(r.stop) })
	if !r.endsWithin(patience) {
		r.giveUp()
		r.endsWithin(countingTime)
	}
}

// countingTime is how long Close waits for the exporter to say what it has lost, once it has
// been told to give up.
const countingTime = 200 * time.Millisecond

func (r *Recorder) endsWithin(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-r.done:
		return true
	case <-timer.C:
		return false
	}
}

// start begins to export.
func (r *Recorder) start() {
	ctx, cancel := context.WithCancel(context.Background())
	r.stop, r.done, r.giveUp = make(chan struct{}), make(chan struct{}), cancel
	go func() {
		defer close(r.done)
		defer cancel()
		r.run(ctx)
	}()
}

// run exports until the Recorder is closed, and once more then.
func (r *Recorder) run(ctx context.Context) {
	spans, points := time.NewTicker(r.spanInterval), time.NewTicker(r.metricInterval)
	defer spans.Stop()
	defer points.Stop()

	for {
		select {
		case <-r.stop:
			r.flushMetrics(ctx)
			r.flushSpans(ctx)
			r.losses.report(r.logger, time.Now())
			return
		case <-spans.C:
			r.flushSpans(ctx)
		case <-r.spans.ready:
			r.flushSpans(ctx)
		case <-points.C:
			r.flushMetrics(ctx)
		}
		r.losses.reportNow(r.logger)
	}
}

// flushSpans exports the spans that wait.
func (r *Recorder) flushSpans(ctx context.Context) {
	waiting, lost := r.spans.take()
	r.losses.add(ofSpans, lost, errBufferFull)
	for len(waiting) > 0 {
		n := min(len(waiting), enough)
		for _, e := range r.spanExporters {
			r.losses.count(ofSpans, n, func() (int64, error) { return e.exportSpans(ctx, waiting[:n]) })
		}
		waiting = waiting[n:]
	}
}

// flushMetrics exports what was counted.
func (r *Recorder) flushMetrics(ctx context.Context) {
	r.losses.record(r.metrics)
	points := r.metrics.collect(time.Now())
	if len(points) == 0 {
		return
	}

	n := 0
	for _, m := range points {
		n += len(m.points)
	}
	for _, e := range r.metricExporters {
		r.losses.count(ofPoints, n, func() (int64, error) { return e.exportMetrics(ctx, points) })
	}
}

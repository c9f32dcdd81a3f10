package telemetry

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// Options are what a Recorder needs besides its settings. Zero fields take the defaults named
// here.
type Options struct {
	// Logger is where losses are logged. Default: nowhere.
	Logger *slog.Logger
	// Client sends. Default: a client of its own that follows no redirects.
	Client *http.Client
	// Token returns a bearer token for an audience, to send to Application Insights with an
	// identity. Default: nothing is sent there with an identity.
	Token func(ctx context.Context, audience string) (string, error)
}

// New returns a Recorder that exports until it is closed. If the settings send nothing anywhere,
// it returns nil and starts nothing. A nil Recorder records nothing.
func New(s Settings, opts Options) *Recorder {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if !s.On() {
		return nil
	}
	if opts.Client == nil {
		opts.Client = newClient()
	}

	r := &Recorder{
		sampler:        s.Sampler,
		spans:          newBuffer(),
		metrics:        newMetrics(s.Delta, time.Now()),
		logger:         opts.Logger,
		spanInterval:   s.SpanInterval,
		metricInterval: s.MetricInterval,
	}
	if s.Traces.URL != "" {
		r.spanExporters = append(r.spanExporters, newOTLPExporter(s.Traces, s.Resource, opts.Client))
	}
	if s.Metrics.URL != "" {
		r.metricExporters = append(r.metricExporters, newOTLPExporter(s.Metrics, s.Resource, opts.Client))
	}
	if s.Insights.Endpoint != "" {
		e := newInsightsExporter(s, opts)
		r.spanExporters = append(r.spanExporters, e)
		r.metricExporters = append(r.metricExporters, e)
	}
	r.start()

	return r
}

package telemetrytest

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"azureml-dsr/internal/telemetry"
)

// Receiver is a collector that keeps what it gets. It is an HTTP handler, and what an HTTP
// client may be given in place of a network.
type Receiver struct {
	t testing.TB

	mu      sync.Mutex
	spans   []Span
	metrics []Metric
	headers []http.Header
	tracks  [][]byte // bodies for Application Insights
}

// NewReceiver returns a collector whose complaints fail the test.
func NewReceiver(t testing.TB) *Receiver { return &Receiver{t: t} }

// Start returns a Recorder that exports to the receiver, without a network. change, if it is
// not nil, changes its settings.
func (r *Receiver) Start(change func(*telemetry.Settings)) *telemetry.Recorder {
	get := func(name string) string {
		if name == "OTEL_EXPORTER_OTLP_ENDPOINT" {
			return "http://collector.invalid"
		}
		return ""
	}
	s := telemetry.Read(get, "1.0.0")
	if change != nil {
		change(&s)
	}
	return telemetry.New(s, telemetry.Options{Client: &http.Client{Transport: r}})
}

// RoundTrip implements http.RoundTripper.
func (r *Receiver) RoundTrip(req *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	r.ServeHTTP(rec, req)
	return rec.Result(), nil
}

// ServeHTTP implements http.Handler.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if err := r.take(req); err != nil {
		r.t.Errorf("%s: %v", req.URL.Path, err)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusOK)
}

func (r *Receiver) take(req *http.Request) error {
	body, err := bodyOf(req)
	if err != nil {
		return err
	}

	r.mu.Lock()
	defer r.mu.Unlock()
	r.headers = append(r.headers, req.Header)
	switch {
	case strings.HasSuffix(req.URL.Path, "/v1/traces"):
		spans, err := DecodeSpans(body)
		r.spans = append(r.spans, spans...)
		return err
	case strings.HasSuffix(req.URL.Path, "/v1/metrics"):
		metrics, err := DecodeMetrics(body)
		r.metrics = append(r.metrics, metrics...)
		return err
	case strings.HasSuffix(req.URL.Path, "/v2.1/track"):
		r.tracks = append(r.tracks, body)
		return nil
	default:
		return fmt.Errorf("no such path")
	}
}

func bodyOf(req *http.Request) ([]byte, error) {
	if req.Header.Get("Content-Encoding") != "gzip" {
		return io.ReadAll(req.Body)
	}
	z, err := gzip.NewReader(req.Body)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// Spans returns all spans so far.
func (r *Receiver) Spans() []Span {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.spans)
}

// Metrics returns all metrics so far.
func (r *Receiver) Metrics() []Metric {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.metrics)
}

// Headers returns the headers of all requests so far.
func (r *Receiver) Headers() []http.Header {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.headers)
}

// Tracks returns the bodies that came for Application Insights so far.
func (r *Receiver) Tracks() [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.tracks)
}

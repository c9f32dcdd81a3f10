package telemetry

import (
	"context"
	"net/http"
)

// otlpExporter sends spans or points to a collector by OTLP over HTTP, in protobuf.
type otlpExporter struct {
	*sender
	resource Resource
}

func (e otlpExporter) exportSpans(ctx context.Context, spans []data) (int64, error) {
	return e.export(ctx, encodeSpans(e.resource, spans), len(spans))
}

func (e otlpExporter) exportMetrics(ctx context.Context, all []metricData) (int64, error) {
	n := 0
	for _, m := range all {
		n += len(m.points)
	}
	return e.export(ctx, encodeMetrics(e.resource, all), n)
}

func (e otlpExporter) export(ctx context.Context, body []byte, n int) (lost int64, err error) {
	_, answer, err := e.send(ctx, body)
	if err != nil {
		return int64(n), err
	}
	if lost = rejected(answer); lost > 0 {
		return lost, errRejected
	}
	return 0, nil
}

func newOTLPExporter(to Collector, of Resource, client *http.Client) otlpExporter {
	return otlpExporter{
		resource: of,
		sender: &sender{
			client:      client,
			url:         to.URL,
			contentType: "application/x-protobuf",
			headers:     to.Headers,
			gzip:        to.Gzip,
			timeout:     to.Timeout,
		},
	}
}

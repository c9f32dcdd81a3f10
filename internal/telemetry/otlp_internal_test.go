package telemetry

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files again")

// aSpan has every member that a span may have.
func aSpan() data {
	s := Span{data: data{
		context: SpanContext{TraceID: TraceID{1, 2, 3}, SpanID: SpanID{4, 5}, Sampled: true, State: "vendor=a"},
		parent:  SpanID{6, 7},
		name:    "GET W50",
		kind:    Client,
		start:   time.Unix(1_800_000_000, 5).UTC(),
		end:     time.Unix(1_800_000_001, 7).UTC(),
	}}
	s.Text("http.request.method", "GET")
	s.Int("http.response.status_code", 500)
	s.Int("negative", -1)
	s.Fail("500")
	s.Link(SpanContext{TraceID: TraceID{8}, SpanID: SpanID{9}, Sampled: true})
	return s.data
}

func aResource() Resource {
	return Resource{Version: "1.0.0", Attributes: []Attr{{"service.name", "azureml-dsr"}, {"service.version", "1.0.0"}}}
}

// someMetrics has a metric of each kind.
func someMetrics() []metricData {
	begin := time.Unix(1_800_000_000, 0).UTC()
	m := newMetrics(true, begin)
	m.add(Documents.instrument, 50, []Attr{{"dsr.resource.type", "runs"}})
	m.add(TimeToDue.instrument, -1.5, []Attr{{"dsr.request.id", "request-1"}})
	m.add(Calls.instrument, 0.02, []Attr{{"http.request.method", "GET"}})
	m.add(Calls.instrument, 300, []Attr{{"http.request.method", "GET"}})
	return m.collect(begin.Add(time.Minute))
}

// TestTheBytesAreThoseOfTheStandard compares with files that OpenTelemetry's own Go types
// (go.opentelemetry.io/proto/otlp v1.11.1) have read: what they make of them is in the files
// beside, and writing it again gave the same messages.
func TestTheBytesAreThoseOfTheStandard(t *testing.T) {
	for name, got := range map[string][]byte{
		"spans.pb":   encodeSpans(aResource(), []data{aSpan(), {context: SpanContext{TraceID: TraceID{1}, SpanID: SpanID{2}}, name: "root", kind: Internal, start: time.Unix(1, 0), end: time.Unix(2, 0)}}),
		"metrics.pb": encodeMetrics(aResource(), someMetrics()),
	} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: got\n%x, want\n%x", name, got, want)
		}
	}
}

package telemetry

import (
	"context"
	"testing"
	"time"
)

// work is what a task asks of the package, from its beginning to its end.
func work(ctx context.Context, r *Recorder) {
	ctx, span := r.Begin(ctx, "process", Consumer, Beginning{})
	span.Text("dsr.request.id", "r")
	below, call := Start(ctx, "GET", Client)
	call.Int("http.response.status_code", 200)
	call.Fail("500")
	call.End()
	_, _ = Of(below)
	Current(below).Text("k", "v")
	_, sent := StartIn(below, "send", Producer, SpanContext{})
	sent.Link(SpanContext{})
	sent.End()
	Root(ctx, "root", SpanID{}).End()
	Calls.Took(ctx, time.Second, Attr{"http.request.method", "GET"}, Attr{"dsr.upstream.row", "W1"})
	Documents.Add(ctx, 1, Attr{"dsr.resource.type", "runs"})
	TimeToDue.Set(ctx, 3, Attr{"dsr.request.id", "r"})
	span.Rename("p")
	span.End()
}

func TestWithoutSettingsThereIsNothing(t *testing.T) {
	unset := Read(func(string) string { return "" }, "1")
	if unset.On() || len(unset.Problems) > 0 {
		t.Errorf("the settings are %+v", unset)
	}
	r := New(unset, Options{})
	if r != nil {
		t.Fatalf("there is a recorder: %+v", r)
	}
	r.Close(time.Hour) // waits for nothing

	ctx := t.Context()
	if n := testing.AllocsPerRun(1000, func() { work(ctx, r) }); n > 0 {
		t.Errorf("%v allocations while telemetry is off", n)
	}
}

func BenchmarkOff(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		work(b.Context(), nil)
	}
}

// aCall is the span of a call, as a client records it.
func aCall(ctx context.Context) {
	_, s := Start(ctx, "GET W50", Client)
	s.Text("http.request.method", "GET")
	s.Text("dsr.upstream.row", "W50")
	s.Text("server.address", "management.azure.com")
	s.Int("http.response.status_code", 200)
	s.End()
}

func BenchmarkSpanOff(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		aCall(b.Context())
	}
}

func BenchmarkSpan(b *testing.B) {
	r := &Recorder{spans: newBuffer(), metrics: newMetrics(true, time.Now()), sampler: Sampler{Ratio: 1}, spanExporters: []spanExporter{nil}}
	ctx, _ := r.Begin(b.Context(), "process", Consumer, Beginning{})
	b.ReportAllocs()
	for b.Loop() {
		aCall(ctx)
		if len(r.spans.waiting) == maxBuffered {
			r.spans.take()
		}
	}
}

func TestASpanIsAllocatedOnce(t *testing.T) {
	r := &Recorder{spans: newBuffer(), metrics: newMetrics(true, time.Now()), sampler: Sampler{Ratio: 1}, spanExporters: []spanExporter{nil}}
	r.spans.waiting = make([]data, 0, maxBuffered)
	ctx, _ := r.Begin(t.Context(), "process", Consumer, Beginning{})
	n := testing.AllocsPerRun(1000, func() {
		_, s := Start(ctx, "GET", Client)
		s.Text("http.request.method", "GET")
		s.Int("http.response.status_code", 200)
		s.End()
	})
	const most = 2 // one, and another one under the race detector
	if n > most {
		t.Errorf("%v allocations for a span", n)
	}
}

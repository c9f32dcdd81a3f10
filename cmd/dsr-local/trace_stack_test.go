package main

import (
	"context"
	"encoding/hex"
	"net/http/httptest"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/telemetry/telemetrytest"
	"azureml-dsr/test/emulator/stack"
)

// A real worker, with its host, its queues and a collector, must join what each invocation
// records.
func TestAnExportIsOneTraceToACollector(t *testing.T) {
	receiver := telemetrytest.NewReceiver(t)
	collector := httptest.NewServer(receiver)
	t.Cleanup(collector.Close)
	d := startTestStack(t, stack.Options{
		Account: testAccount(4),
		Env:     []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.URL, "OTEL_BSP_SCHEDULE_DELAY=100", "CHUNK_ITEMS=3"},
	})
	d.export(t)

	trace, _ := dsr.Attempt{RequestID: d.request.ID, Number: 1}.Trace()
	names := map[string]int{}
	for _, s := range awaitWholeTrace(t, receiver, hex.EncodeToString(trace[:])) {
		names[s.Name]++
	}
	if names["request"] != 1 || names["process dsr-requests"] != 1 || names["process dsr-exports"] < 4 || names["GET E16"] != 4 {
		t.Errorf("recorded were %v", names)
	}
}

// awaitWholeTrace returns the spans of a trace by id, once the check that closes the attempt
// is among them and each has its parent. Spans end, and arrive, before those above them.
func awaitWholeTrace(t *testing.T, receiver *telemetrytest.Receiver, trace string) map[string]telemetrytest.Span {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	for {
		spans, closed := spansOf(receiver, trace)
		orphans := orphansOf(spans)
		if closed && len(orphans) == 0 {
			return spans
		}

		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("of %d spans one closes the attempt: %t; without a parent are %v", len(spans), closed, orphans)
		}
	}
}

// spansOf returns the spans of a trace, and whether one closes the attempt.
func spansOf(receiver *telemetrytest.Receiver, trace string) (spans map[string]telemetrytest.Span, closed bool) {
	spans = map[string]telemetrytest.Span{}
	for _, s := range receiver.Spans() {
		if s.TraceID == trace {
			spans[s.ID] = s
			closed = closed || s.Attributes["dsr.status"] != ""
		}
	}
	return spans, closed
}

// orphansOf returns the names of the spans whose parent is not among them.
func orphansOf(spans map[string]telemetrytest.Span) (names []string) {
	for _, s := range spans {
		if _, known := spans[s.Parent]; !known && s.Parent != "" {
			names = append(names, s.Name)
		}
	}
	return names
}

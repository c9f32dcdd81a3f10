package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/telemetry/telemetrytest"
)

// whileHandling runs the handler with settings, calls it as the host does, asks it to stop,
// and returns how long stopping took.
func whileHandling(t *testing.T, settings map[string]string, call func(base string)) (log string, stopping time.Duration) {
	t.Helper()
	port := freePort(t)
	t.Setenv("FUNCTIONS_CUSTOMHANDLER_PORT", port)
	e, out, _ := testEnv(t, settings)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, e, []string{"handler"}) }()

	base := "http://127.0.0.1:" + port
	awaitReady(t, base)
	call(base)
	begun := time.Now()
	stop()
	if code := <-ended; code != exitRestart {
		t.Errorf("exit code %d", code)
	}
	http.DefaultClient.CloseIdleConnections()

	return out.String(), time.Since(begun)
}

// awaitReady asks for GET / until it is answered, as the host does.
func awaitReady(t *testing.T, base string) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for ask(ctx, http.MethodGet, base+"/", "") == 0 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("the handler does not answer")
		}
	}
}

// ask returns the status of an answer, 0 for none.
func ask(ctx context.Context, method, url, body string) int {
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return resp.StatusCode
}

func TestTheHandlerSendsWhatItHasRecordedBeforeItEnds(t *testing.T) {
	receiver := telemetrytest.NewReceiver(t)
	collector := httptest.NewServer(receiver)
	defer collector.Close()
	settings := withBase()
	settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.URL
	settings["OTEL_EXPORTER_OTLP_COMPRESSION"] = "gzip"
	settings["OTEL_EXPORTER_OTLP_HEADERS"] = "api-key=secret"

	log, _ := whileHandling(t, settings, func(base string) {
		ask(t.Context(), http.MethodPost, base+"/bulk_export", `{"Data":{"timer":{}},"Metadata":{}}`)
	})

	got := map[string]telemetrytest.Span{}
	for _, s := range receiver.Spans() {
		got[s.Name] = s
		if s.Resource["service.name"] != "azureml-dsr" {
			t.Errorf("%s is of %v", s.Name, s.Resource)
		}
	}
	if !got["bulk_export"].Failed { // no scope is set
		t.Errorf("recorded were %v", got)
	}
	if len(receiver.Metrics()) == 0 || strings.Contains(log, "telemetry") {
		t.Errorf("%d metrics; it logs %s", len(receiver.Metrics()), log)
	}
	for _, h := range receiver.Headers() {
		if h.Get("api-key") != "secret" {
			t.Errorf("the headers are %v", h)
		}
	}
}

// TestACollectorThatDoesNotAnswerHoldsNothingUp lets a collector keep each request.
func TestACollectorThatDoesNotAnswerHoldsNothingUp(t *testing.T) {
	hold := make(chan struct{})
	collector := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hold }))
	defer collector.Close()
	defer close(hold)
	settings := withBase()
	settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.URL
	settings["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf"
	settings["OTEL_TRACES_SAMPLER"] = "sometimes"

	log, stopping := whileHandling(t, settings, func(base string) {
		if status := ask(t.Context(), http.MethodPost, base+"/bulk_export", `{"Data":{"timer":{}},"Metadata":{}}`); status != http.StatusInternalServerError {
			t.Errorf("the function is answered %d", status)
		}
	})
	if stopping > 5*time.Second {
		t.Errorf("stopping took %s", stopping)
	}
	for _, want := range []string{`"msg":"telemetry was lost"`, `"setting":"OTEL_TRACES_SAMPLER"`} {
		if !strings.Contains(log, want) {
			t.Errorf("it does not log %s: %s", want, log)
		}
	}
}

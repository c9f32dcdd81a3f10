package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/telemetry"
	"azureml-dsr/internal/telemetry/telemetrytest"
)

// line is what Application Insights gets of a span or a point.
type line struct {
	Name string
	Time time.Time
	Rate float64 `json:"sampleRate"`
	Key  string  `json:"iKey"`
	Tags map[string]string
	Data struct {
		BaseType string
		BaseData struct {
			ID, Name, Duration, ResponseCode, ResultCode, Type, Target string
			Success                                                    bool
			Properties                                                 map[string]string
			Metrics                                                    []struct {
				Name            string
				Value, Min, Max float64
				Count           int
			}
		}
	}
}

// toInsights records a request with a call and a message, and returns the lines by name.
func toInsights(t *testing.T, token func(context.Context, string) (string, error)) (lines map[string]line, headers []http.Header, log string) {
	t.Helper()
	lines = map[string]line{}
	synctest.Test(t, func(t *testing.T) {
		receiver := telemetrytest.NewReceiver(t)
		var logged bytes.Buffer
		s := settings(telemetry.ModeSetting, "OpenTelemetry", "APPLICATIONINSIGHTS_CONNECTION_STRING", connection,
			"APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "ClientId=client;Authorization=AAD", "OTEL_SERVICE_NAME", "func-dsr",
			"OTEL_TRACES_SAMPLER", "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG", "0.5")
		if s.Insights.ClientID != "client" || !s.Delta {
			t.Fatalf("the settings are %+v", s)
		}
		r := telemetry.New(s, telemetry.Options{
			Logger: slog.New(slog.NewTextHandler(&logged, nil)),
			Client: &http.Client{Transport: receiver},
			Token:  token,
		})

		caller, _ := telemetry.ParseTraceParent(aParent)
		ctx, process := r.Begin(t.Context(), "process dsr-exports", telemetry.Consumer, telemetry.Beginning{Parent: caller, Links: []telemetry.SpanContext{caller}})
		process.Text("dsr.request.id", "request-1")
		_, call := telemetry.Start(ctx, "GET W50", telemetry.Client)
		call.Text("server.address", "management.azure.com")
		call.Int("http.response.status_code", 503)
		call.Fail("503")
		<-time.After(1500 * time.Millisecond)
		call.End()
		telemetry.Calls.Record(ctx, 0.5)
		telemetry.Calls.Record(ctx, 1.5)
		telemetry.Documents.Add(ctx, 7, telemetry.Attr{Key: "dsr.resource.type", Value: "runs"})
		process.End()
		r.Close(time.Minute)

		for _, body := range receiver.Tracks() {
			for text := range bytes.Lines(body) {
				var l line
				if err := json.Unmarshal(text, &l); err != nil {
					t.Fatalf("%s: %v", text, err)
				}
				name := l.Data.BaseData.Name
				if len(l.Data.BaseData.Metrics) > 0 {
					name = l.Data.BaseData.Metrics[0].Name
				}
				lines[name] = l
			}
		}
		headers, log = receiver.Headers(), logged.String()
	})
	return lines, headers, log
}

func TestApplicationInsightsGetsRequestsDependenciesAndMetrics(t *testing.T) {
	var audience string
	lines, headers, log := toInsights(t, func(_ context.Context, a string) (string, error) {
		audience = a
		return "t-1", nil
	})
	if audience != "https://monitor.azure.com/" || log != "" {
		t.Errorf("a token for %q; %s", audience, log)
	}
	for _, h := range headers {
		if h.Get("Authorization") != "Bearer t-1" || h.Get("Content-Type") != "application/x-json-stream" {
			t.Errorf("the headers are %v", h)
		}
	}

	process := lines["process dsr-exports"]
	if process.Name != "Microsoft.ApplicationInsights.Request" || process.Data.BaseType != "RequestData" || process.Key != "k" || process.Rate != 50 {
		t.Errorf("the work is %+v", process)
	}
	if process.Tags["ai.operation.id"] != aTrace || process.Tags["ai.operation.parentId"] != aSpan || process.Tags["ai.cloud.role"] != "func-dsr" {
		t.Errorf("its tags are %v", process.Tags)
	}
	d := process.Data.BaseData
	if !d.Success || d.ResponseCode != "0" || d.Duration != "0.00:00:01.5000000" || d.Properties["dsr.request.id"] != "request-1" {
		t.Errorf("its data are %+v", d)
	}
	if want := `[{"operation_Id":"` + aTrace + `","id":"` + aSpan + `"}]`; d.Properties["_MS.links"] != want {
		t.Errorf("its links are %s", d.Properties["_MS.links"])
	}

	call := lines["GET W50"].Data
	if call.BaseType != "RemoteDependencyData" || call.BaseData.Success || call.BaseData.ResultCode != "503" || call.BaseData.Type != "HTTP" || call.BaseData.Target != "management.azure.com" {
		t.Errorf("the call is %+v", call)
	}
	if lines["GET W50"].Tags["ai.operation.parentId"] != d.ID {
		t.Errorf("the call is below %v", lines["GET W50"].Tags)
	}

	calls := lines["http.client.request.duration"].Data.BaseData.Metrics[0]
	if calls.Value != 2 || calls.Count != 2 || calls.Min != 0.5 || calls.Max != 1.5 {
		t.Errorf("the calls are %+v", calls)
	}
	documents := lines["dsr.documents"].Data
	if documents.BaseType != "MetricData" || documents.BaseData.Metrics[0].Value != 7 || documents.BaseData.Properties["dsr.resource.type"] != "runs" {
		t.Errorf("the documents are %+v", documents)
	}
}

func TestWithoutATokenNothingIsSent(t *testing.T) {
	for name, token := range map[string]func(context.Context, string) (string, error){
		"none is got":      func(context.Context, string) (string, error) { return "", errors.New("tenant contoso: no") },
		"nobody gets them": nil,
	} {
		lines, headers, log := toInsights(t, token)
		if len(lines) > 0 || len(headers) > 0 {
			t.Errorf("%s: sent %v", name, lines)
		}
		if !strings.Contains(log, "spans=2") || strings.Contains(log, "contoso") {
			t.Errorf("%s: it logs %s", name, log)
		}
	}
}

// partial takes all lines but some.
type partial struct{}

func (partial) RoundTrip(r *http.Request) (*http.Response, error) {
	body := `{"itemsReceived":5,"itemsAccepted":3,"errors":[{"index":0,"statusCode":400,"message":"m"}]}`
	return &http.Response{StatusCode: http.StatusPartialContent, Body: readCloser{strings.NewReader(body)}, Request: r}, nil
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

func TestLinesThatAreNotTakenAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged bytes.Buffer
		r := telemetry.New(settings(telemetry.ModeSetting, "OpenTelemetry", "APPLICATIONINSIGHTS_CONNECTION_STRING", connection),
			telemetry.Options{Logger: slog.New(slog.NewTextHandler(&logged, nil)), Client: &http.Client{Transport: partial{}}})
		_, s := r.Begin(t.Context(), "process", telemetry.Consumer, telemetry.Beginning{})
		s.End()
		r.Close(time.Minute)
		if !strings.Contains(logged.String(), "spans=2") {
			t.Errorf("it logs %s", &logged)
		}
	})
}

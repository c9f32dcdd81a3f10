package app

import (
	"context"
	"encoding/hex"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/telemetry"
	"azureml-dsr/internal/telemetry/telemetrytest"
)

const (
	callersTrace  = "0af7651916cd43dd8448eb211c80319c"
	callersSpan   = "b7ad6b7169203331"
	callersParent = "00-" + callersTrace + "-" + callersSpan + "-01"
)

// sentBy returns the properties of a message that is sent while a request to the API is
// answered, and the spans by name. status is what the API answers.
func sentBy(t *testing.T, m dsr.Message, status int, fails error, change func(*telemetry.Settings)) (properties map[string]any, spans map[string]telemetrytest.Span) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		receiver := telemetrytest.NewReceiver(t)
		recorder := receiver.Start(change)
		h := observedAPI(recorder, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			telemetry.Current(r.Context()).Rename("POST /api/requests")
			err := sendObserved(r.Context(), dsr.QueueRequests, []dsr.Message{m}, func(_ context.Context, _ string, sent ...dsr.Message) error {
				properties = sent[0].Properties
				return fails
			})
			if !errors.Is(err, fails) {
				t.Errorf("sending ended with %v", err)
			}
			w.WriteHeader(status)
		}))

		r := httptest.NewRequest(http.MethodPost, "/api/requests?name=ada@example.org", http.NoBody)
		r.Header.Set("traceparent", callersParent)
		r.Header.Set("tracestate", "vendor=a")
		h.ServeHTTP(httptest.NewRecorder(), r)
		recorder.Close(time.Second)

		spans = map[string]telemetrytest.Span{}
		for _, s := range receiver.Spans() {
			spans[s.Name] = s
		}
	})
	return properties, spans
}

func TestARequestByHTTPGoesOnInItsCallersTrace(t *testing.T) {
	m := dsr.Message{ID: "request-1", Properties: map[string]any{dsr.PropRequestID: "request-1"}}
	properties, spans := sentBy(t, m, http.StatusAccepted, nil, nil)

	answered, sent := spans["POST /api/requests"], spans["send dsr-requests"]
	if answered.TraceID != callersTrace || answered.Parent != callersSpan || answered.State != "vendor=a" || answered.Failed {
		t.Errorf("the answer is %+v", answered)
	}
	if answered.Attributes["http.response.status_code"] != "202" || answered.Kind != int(telemetry.Server) {
		t.Errorf("the answer is %+v", answered)
	}
	if sent.TraceID != callersTrace || sent.Parent != answered.ID || sent.Kind != int(telemetry.Producer) {
		t.Errorf("the message is sent by %+v", sent)
	}

	want := "00-" + callersTrace + "-" + sent.ID + "-01"
	if properties["traceparent"] != want || properties["Diagnostic-Id"] != want || properties["tracestate"] != "vendor=a" || properties[dsr.PropRequestID] != "request-1" {
		t.Errorf("the message has %v, not %s", properties, want)
	}
	if len(m.Properties) != 1 {
		t.Errorf("the caller's message was changed: %v", m.Properties)
	}
}

func TestAFailureIsOne(t *testing.T) {
	_, spans := sentBy(t, dsr.Message{ID: "m"}, http.StatusInternalServerError, dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "no"), nil)
	if s := spans["POST /api/requests"]; !s.Failed || s.Attributes["error.type"] != "500" {
		t.Errorf("the answer is %+v", s)
	}
	if s := spans["send dsr-requests"]; !s.Failed || s.Attributes["error.type"] != dsr.ReasonTransient {
		t.Errorf("the message is sent by %+v", s)
	}
}

// TestWhatIsSentForAnAttemptBelongsToItsTrace sends an attempt's message from elsewhere, as
// the watch does.
func TestWhatIsSentForAnAttemptBelongsToItsTrace(t *testing.T) {
	a := dsr.Attempt{RequestID: "request-1", Number: 2}
	wakeUp, err := dsr.WakeUpMessage(a, time.Unix(1_800_000_000, 0))
	if err != nil {
		t.Fatal(err)
	}
	properties, spans := sentBy(t, wakeUp, http.StatusOK, nil, nil)

	trace, root := a.Trace()
	sent := spans["send dsr-requests"]
	if sent.TraceID != hex.EncodeToString(trace[:]) || sent.Parent != hex.EncodeToString(root[:]) {
		t.Errorf("the message is sent by %+v", sent)
	}
	from := telemetrytest.Link{TraceID: callersTrace, ID: spans["POST /api/requests"].ID}
	if len(sent.Links) != 1 || sent.Links[0] != from {
		t.Errorf("it is linked to %v, not to %v", sent.Links, from)
	}
	if properties["traceparent"] != "00-"+sent.TraceID+"-"+sent.ID+"-01" {
		t.Errorf("the message has %v", properties)
	}
}

func TestWhatIsNotSampledSaysSo(t *testing.T) {
	off := func(s *telemetry.Settings) { s.Sampler = telemetry.Sampler{} }
	properties, spans := sentBy(t, dsr.Message{ID: "m"}, http.StatusOK, nil, off)
	c, ok := telemetry.Extract(properties)
	if !ok || c.Sampled || c.TraceID.String() != callersTrace || len(spans) > 0 {
		t.Errorf("the message has %v; recorded were %v", properties, spans)
	}

	a := dsr.Attempt{RequestID: "request-1", Number: 1}
	wakeUp, err := dsr.WakeUpMessage(a, time.Unix(1_800_000_000, 0))
	if err != nil {
		t.Fatal(err)
	}
	trace, _ := a.Trace()
	properties, _ = sentBy(t, wakeUp, http.StatusOK, nil, off)
	if c, ok := telemetry.Extract(properties); !ok || c.Sampled || c.TraceID != trace {
		t.Errorf("the message has %v", properties)
	}
}

func TestWithoutTelemetryNothingStandsBetween(t *testing.T) {
	h := &preparedAPI{}
	if observedAPI(nil, h) != http.Handler(h) {
		t.Error("the API is wrapped")
	}
	properties := map[string]any{"traceparent": callersParent}
	want := maps.Clone(properties)
	messages := []dsr.Message{{ID: "m", Properties: properties}}
	err := sendObserved(t.Context(), dsr.QueueRequests, messages, func(_ context.Context, _ string, sent ...dsr.Message) error {
		if &sent[0] != &messages[0] || !maps.Equal(sent[0].Properties, want) {
			t.Errorf("sent %v", sent)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

package api_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"azureml-dsr/internal/operator/operatortest"
	"azureml-dsr/internal/telemetry"
	"azureml-dsr/internal/telemetry/telemetrytest"
)

// TestASpanIsCalledAfterItsRoute asks for a request whose id may be anything, and is refused.
func TestASpanIsCalledAfterItsRoute(t *testing.T) {
	receiver := telemetrytest.NewReceiver(t)
	recorder := receiver.Start(nil)
	ctx, span := recorder.Begin(t.Context(), "GET", telemetry.Server, telemetry.Beginning{})
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/requests/ada.lovelace?by=ada@example.org", http.NoBody)
	local(t, operatortest.New(t)).ServeHTTP(httptest.NewRecorder(), r)
	span.End()
	recorder.Close(time.Second)

	spans := receiver.Spans()
	if len(spans) != 1 || spans[0].Name != "GET /api/requests/{id}" || spans[0].Attributes["http.route"] != "/api/requests/{id}" || len(spans[0].Attributes) != 1 {
		t.Errorf("recorded were %+v", spans)
	}
}

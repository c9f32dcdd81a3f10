package archive

import (
	"net/http"
	"strconv"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"azureml-dsr/internal/telemetry"
)

// tracePolicy records each try as a span, where telemetry is on. Names of blobs and of the
// account stay out.
type tracePolicy struct{}

func (tracePolicy) Do(req *policy.Request) (*http.Response, error) {
	raw := req.Raw()
	if telemetry.Current(raw.Context()) == nil {
		return req.Next()
	}

	_, span := telemetry.Start(raw.Context(), raw.Method+" "+operationOf(raw), telemetry.Client)
	defer span.End()
	span.Text("http.request.method", raw.Method)

	resp, err := req.Next()
	if err != nil {
		span.Fail("no_answer")
		return resp, err
	}
	span.Int("http.response.status_code", int64(resp.StatusCode))
	if !expected(resp.StatusCode) {
		span.Fail(strconv.Itoa(resp.StatusCode))
	}

	return resp, nil
}

// operationOf returns what a call of storage is about.
func operationOf(r *http.Request) string {
	switch r.URL.Query().Get("comp") {
	case "list":
		return "blobs"
	case "block":
		return "block"
	case "blocklist":
		return "blocklist"
	default:
		return "blob"
	}
}

// expected reports whether a status is no failure. What is looked for may not be there, and
// what is created once may be.
func expected(status int) bool {
	switch status {
	case http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusRequestedRangeNotSatisfiable:
		return true
	default:
		return status < http.StatusBadRequest
	}
}

package upstream

import (
	"net/http"
	"strconv"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"azureml-dsr/internal/retryafter"
	"azureml-dsr/internal/telemetry"
)

// tries counts the tries of a call.
type tries struct{ sent int64 }

// countTriesPolicy gives each call a count of its tries, where they are recorded. It stands
// before azcore's retry.
type countTriesPolicy struct{}

func (countTriesPolicy) Do(req *policy.Request) (*http.Response, error) {
	if _, recorded := telemetry.Of(req.Raw().Context()); recorded {
		req.SetOperationValue(&tries{})
	}
	return req.Next()
}

// tracePolicy records each try that is sent: a span, whose name is the method and the row,
// and the metrics. A URL has names of things and people in it, so no part of it is recorded,
// and of signed links not even the host.
type tracePolicy struct{ withHost bool }

func (p tracePolicy) Do(req *policy.Request) (*http.Response, error) {
	raw := req.Raw()
	if _, recorded := telemetry.Of(raw.Context()); !recorded {
		return req.Next()
	}

	label := scopeOf(raw.Context()).Label
	if label == "" {
		label = contentLabel
	}
	_, span := telemetry.Start(raw.Context(), raw.Method+" "+label, telemetry.Client)
	defer span.End()
	begun := time.Now()

	resp, err := req.Next()
	p.describe(req, span, label, resp, err)
	measure(req, label, time.Since(begun), resp, err)

	return resp, err
}

// describe says what a try was and how it ended.
func (p tracePolicy) describe(req *policy.Request, span *telemetry.Span, label string, resp *http.Response, err error) {
	if span == nil {
		return
	}
	raw := req.Raw()
	span.Text("http.request.method", raw.Method)
	span.Text("dsr.upstream.row", label)
	if p.withHost {
		span.Text("server.address", raw.URL.Hostname())
	}
	if n := resends(req); n > 0 {
		span.Int("http.request.resend_count", n)
	}

	if err != nil {
		span.Fail(noAnswer)
		return
	}
	span.Int("http.response.status_code", int64(resp.StatusCode))
	span.Text("azure.service.request.id", RequestID(resp.Header))
	if resp.StatusCode >= http.StatusBadRequest {
		span.Fail(strconv.Itoa(resp.StatusCode))
	}
}

// noAnswer is the error.type of a try without an answer.
const noAnswer = "no_answer"

// measure counts a try.
func measure(req *policy.Request, label string, took time.Duration, resp *http.Response, err error) {
	ctx := req.Raw().Context()
	row := telemetry.Attr{Key: "dsr.upstream.row", Value: label}
	status := noAnswer
	if err == nil {
		status = strconv.Itoa(resp.StatusCode)
	}

	telemetry.Calls.Took(ctx, took,
		telemetry.Attr{Key: "http.request.method", Value: req.Raw().Method},
		row,
		telemetry.Attr{Key: "http.response.status_code", Value: status},
	)
	if resends(req) > 0 {
		telemetry.Retries.Add(ctx, 1, row)
	}
	if err == nil && throttles(resp) {
		telemetry.Throttles.Add(ctx, 1, row)
	}
	countTry(req)
}

// throttles reports whether an answer asks for a pause.
func throttles(resp *http.Response) bool {
	if resp.StatusCode == http.StatusTooManyRequests {
		return true
	}
	_, asked := retryafter.Read(resp.Header, time.Now())
	return resp.StatusCode == http.StatusServiceUnavailable && asked
}

// resends returns how many tries of a call were sent before.
func resends(req *policy.Request) int64 {
	var t *tries
	if !req.OperationValue(&t) {
		return 0
	}
	return t.sent
}

func countTry(req *policy.Request) {
	var t *tries
	if req.OperationValue(&t) {
		t.sent++
	}
}

package app

import (
	"net/http"
	"strconv"
	"time"

	"azureml-dsr/internal/telemetry"
)

// observedAPI returns a handler that records each request, in the trace of its caller; the
// handler itself where nothing is recorded. The name of the route is the handler's to add.
func observedAPI(recorder *telemetry.Recorder, next http.Handler) http.Handler {
	if recorder == nil {
		return next
	}

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		caller, _ := telemetry.ParseTraceParent(r.Header.Get("traceparent"))
		caller.State = telemetry.StateOf(r.Header.Get("tracestate"))
		ctx, span := recorder.Begin(r.Context(), methodOf(r), telemetry.Server, telemetry.Beginning{Parent: caller})
		span.Text("http.request.method", methodOf(r))
		span.Text("faas.trigger", "http")

		answer := &observedAnswer{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			span.Int("http.response.status_code", int64(answer.status))
			if answer.status >= http.StatusInternalServerError {
				span.Fail(strconv.Itoa(answer.status))
			}
			telemetry.Served.Took(ctx, time.Since(begun),
				telemetry.Attr{Key: "http.request.method", Value: methodOf(r)},
				telemetry.Attr{Key: "http.response.status_code", Value: strconv.Itoa(answer.status)},
			)
			span.End()
		}()

		next.ServeHTTP(answer, r.WithContext(ctx))
	})
}

// methodOf returns a request's method, and no word of the caller's own.
func methodOf(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	default:
		return "_OTHER"
	}
}

// observedAnswer notes the status of an answer.
type observedAnswer struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (a *observedAnswer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (a *observedAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

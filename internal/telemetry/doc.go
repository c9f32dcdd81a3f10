// Package telemetry records what the app does in the spans and metrics of OpenTelemetry. It
// exports both by OTLP over HTTP, or to Application Insights.
//
// Code that begins an invocation or answers a request begins a span with a [Recorder]. Code that
// is called with the span's context adds to it: [Start] begins a child span, and [Counter.Add]
// counts. Without a Recorder no context has a span, and each of these calls returns at once and
// allocates nothing.
//
// Telemetry never makes the recorded work fail or wait for a collector. Spans and points are
// lost if a buffer is full, a collector refuses them, or the process ends too soon. Losses are
// counted. Attributes are ids, numbers and words of this program: no text of a document, a
// request or an upstream.
package telemetry

// Package telemetry records what the app does as OpenTelemetry does, in spans and metrics,
// and exports both: by OTLP over HTTP, or to Application Insights.
//
// Whoever begins an invocation or answers a request begins a span with a [Recorder]. What is
// called with its context adds to it: [Start] begins a span below, [Counter.Add] counts.
// Without a Recorder no context has a span, and each of these calls returns at once and
// allocates nothing.
//
// Nothing here fails what is recorded, or waits for a collector. A buffer that is full, a
// collector that refuses and a process that ends too soon lose spans and points, which are
// counted. Attributes are ids, numbers and words of this program: no text of a document, a
// request or an upstream.
package telemetry

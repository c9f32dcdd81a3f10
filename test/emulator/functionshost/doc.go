// Package functionshost stands in for the Azure Functions host, version 4, on
// a laptop and in tests. It reads a packaged custom-handler app, starts its
// executable, watches over it, and turns Service Bus messages, timers and HTTP
// requests into invocations, with the encoding, answers and settlement of the
// real host.
//
// It knows nothing of the app. What the real host can and this one can't is
// refused at the start with ErrUnsupported: other triggers, output and input
// bindings but http, sessions, topics, batches ("cardinality": "many") and
// enableProxyingHttpRequest.
//
// It differs from Azure in what docs/local-stack.md lists; above all, it is one
// instance that is never scaled, its time zone is UTC, and it keeps schedule
// status in files instead of blobs.
package functionshost

// Package functionshost stands in for the Azure Functions host, version 4, on
// a laptop and in tests. It reads a packaged custom-handler app, starts its
// executable, watches over it, and turns Service Bus messages and timers into
// invocations, with the encoding, answers and settlement of the real host.
//
// It knows nothing of the app. Not there yet: HTTP triggers, output bindings,
// sessions, topics, batches ("cardinality": "many"), and schedule status that
// outlives the process. Schedules are evaluated in UTC, as in Azure.
package functionshost

// Package dsr holds the types and rules of a data subject request: what a request,
// plan, page, task, receipt and manifest are, how they are named, and what follows from
// them. It does no I/O, reads no clock and imports nothing of this module, so that every
// rule can be tested as a function.
package dsr

// SchemaVersion is the version written into every record and message.
const SchemaVersion = "1.0"

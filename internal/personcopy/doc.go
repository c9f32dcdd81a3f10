// Package personcopy makes the copy of a person's data that may be handed over to them:
// what the archive has of that person, without other people and without secrets.
//
// Classify says whose a document is. People collects who else is named in the archive, and
// Redact takes them out of the person's own documents. Bag writes the files as a zip whose
// bytes depend on nothing but its content.
package personcopy

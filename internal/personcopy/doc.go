// Package personcopy makes the copy of a person's data that may be handed over to them: their
// own documents from the archive, without other people and without secrets.
//
// [Write] writes a copy. A [Class] says whose a document is. [People] collects who else is
// named in the archive, and [People.Redact] takes them out of the person's own documents. [Bag]
// writes the files as a zip whose bytes depend only on its content. [Decisions] are what a
// reviewer decided about the places that a program can't decide.
package personcopy

// Package copysize has the real worker make a person's copy of a large export: undisturbed,
// and while its process is killed again and again. Both must give the same bytes. Everything
// is in its test; `make test` runs it small, and `make test-size-copy` with a million
// documents.
package copysize

// Package document copies a single JSON document of the upstream byte for byte, in bounded
// memory, and masks the secrets in it. The copy is evidence. Therefore numbers, the order of
// members, white space, unknown and repeated members and even invalid UTF-8 stay unchanged.
package document

import "errors"

// DefaultMaxToken is the longest single string or number that is copied, in bytes.
const DefaultMaxToken = 4 << 20

// Mask replaces a secret.
const Mask = "[masked]"

var (
	// ErrMalformed means that the source is not a single JSON value: it is empty, has a syntax
	// error or more after the value, or is nested deeper than jsontext's limit of 10,000 levels.
	ErrMalformed = errors.New("not one JSON document")
	// ErrTooLong means that one of these is longer than the limit: a string or a number, the
	// white space before it, or the names of all members that contain it.
	ErrTooLong = errors.New("a string or number is too long")
)

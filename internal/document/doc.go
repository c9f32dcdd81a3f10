// Package document copies one upstream JSON document byte for byte, in bounded
// memory, and masks the secrets in it on the way. What it keeps is evidence:
// numbers, key order, white space inside the document, unknown and repeated
// members, even invalid UTF-8 stay as they came.
package document

import "errors"

// DefaultMaxToken is the longest single string or number that is copied, in bytes.
const DefaultMaxToken = 4 << 20

// Mask is what stands in the place of a secret.
const Mask = "[masked]"

var (
	// ErrMalformed means that the source is not one JSON value: a syntax error,
	// nothing at all, something behind the value, or nesting past jsontext's
	// limit of 10,000 levels.
	ErrMalformed = errors.New("not one JSON document")
	// ErrTooLong means that a single string or number, the white space before
	// one, or the names that lead to one are longer than the limit.
	ErrTooLong = errors.New("a string or number is too long")
)

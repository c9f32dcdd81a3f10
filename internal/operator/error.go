package operator

import (
	"errors"
	"fmt"
)

// Kind is what an error means to the caller. A command turns it into an exit code, an API
// into a status.
type Kind int

// Kinds of error.
const (
	Invalid  Kind = iota + 1 // an input is wrong
	NotFound                 // nothing of that name is stored
	Refused                  // the stored state does not allow it
)

// Error is a definite negative answer: the same call returns it again. Any other error is
// a failure, after which the answer is not known.
type Error struct {
	Kind Kind
	// Field is the input that is wrong, by its name in JSON, and empty where no single
	// input is wrong. A text that is about the field begins with its name.
	Field string
	Err   error
}

// Error returns the text of the cause.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of an error, 0 for one that has none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return 0
}

func invalid(field, format string, args ...any) error {
	return &Error{Kind: Invalid, Field: field, Err: fmt.Errorf(format, args...)}
}

func notFound(format string, args ...any) error {
	return &Error{Kind: NotFound, Err: fmt.Errorf(format, args...)}
}

func refused(format string, args ...any) error {
	return &Error{Kind: Refused, Err: fmt.Errorf(format, args...)}
}

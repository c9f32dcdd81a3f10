package operator

import (
	"errors"
	"fmt"
)

// Kind says what an error means to whoever asked. A command turns it into an exit
// code, an API into a status.
type Kind int

// Kinds of error.
const (
	Invalid  Kind = iota + 1 // an input is wrong
	NotFound                 // nothing of that name is stored
	Refused                  // what is stored does not allow it
)

// Error is an answer that is no failure: asking again changes nothing. Every other
// error means that the answer is not known.
type Error struct {
	Kind Kind
	// Field is the input that is wrong, by its name in JSON. The text begins with it
	// where it speaks of it. Empty where no single input is wrong.
	Field string
	Err   error
}

// Error returns the text.
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

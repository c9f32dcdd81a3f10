package wire

import "fmt"

// Descriptors of delivery states (part 3, 3.4 and part 4, 4.5.8).
const (
	CodeAccepted      = 0x24
	CodeRejected      = 0x25
	CodeReleased      = 0x26
	CodeModified      = 0x27
	CodeTransactional = 0x34

	codeError = 0x1d
)

// Error is an error with a condition that clients act on (part 2, 2.8.14).
type Error struct {
	Condition   Symbol
	Description string
	Info        Map
}

// Error returns condition and description.
func (e *Error) Error() string { return string(e.Condition) + ": " + e.Description }

// raw encodes e; nil is null.
func (e *Error) raw() Raw {
	if e == nil {
		return nil
	}
	var info any
	if len(e.Info) > 0 {
		info = e.Info
	}
	return composite(nil, codeError, e.Condition, e.Description, info)
}

// error reads field i as an error, nil if it is null.
func (f *fields) error(i int) *Error {
	raw := f.raw(i)
	if raw == nil {
		return nil
	}
	list, err := listOf(raw, codeError)
	if err != nil {
		f.fail(i, err)
		return nil
	}

	inner := &fields{list: list}
	e := &Error{Condition: Symbol(inner.text(0)), Description: inner.text(1)}
	info, err := inner.raw(2).Map()
	if inner.err != nil || err != nil {
		f.fail(i, ErrType)
		return nil //nolint:nilerr // the fields keep their first error
	}

	e.Info = info

	return e
}

// listOf returns the fields of a described list with the given descriptor.
func listOf(raw Raw, code uint64) ([]Raw, error) {
	d, err := raw.Described()
	if err != nil {
		return nil, err
	}
	if d.Code != code {
		return nil, fmt.Errorf("descriptor %#x: %w", d.Code, ErrType)
	}
	return d.Value.List()
}

// Outcome is the state of a delivery. Which fields count depends on Code.
type Outcome struct {
	Code              uint64
	Error             *Error // rejected; may be nil
	UndeliverableHere bool   // modified
	Annotations       Map    // modified
}

// ParseOutcome decodes a delivery state.
func ParseOutcome(raw Raw) (Outcome, error) {
	d, err := raw.Described()
	if err != nil {
		return Outcome{}, fmt.Errorf("reading a delivery state: %w", err)
	}
	list, err := d.Value.List()
	if err != nil {
		return Outcome{}, fmt.Errorf("reading a delivery state: %w", err)
	}

	f := &fields{list: list}
	o := Outcome{Code: d.Code}
	switch d.Code {
	case CodeRejected:
		o.Error = f.error(0)
	case CodeModified:
		o.UndeliverableHere = f.boolean(1)
		o.Annotations, err = f.raw(2).Map()
	}
	if f.err != nil || err != nil {
		return Outcome{}, fmt.Errorf("reading a delivery state: %w", ErrType)
	}

	return o, nil
}

// Accepted is the state of a delivery that was taken.
func Accepted() Raw { return composite(nil, CodeAccepted) }

// Rejected is the state of a delivery that was not taken, and why.
func Rejected(e *Error) Raw { return composite(nil, CodeRejected, e.raw()) }

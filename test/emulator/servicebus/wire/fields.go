package wire

import (
	"fmt"
	"math"
)

// fields reads the fields of a described list by number. The first error
// is kept; fields at and past the end of the list are null.
type fields struct {
	list []Raw
	err  error
}

func (f *fields) raw(i int) Raw {
	if f.err != nil || i >= len(f.list) || f.list[i].IsNull() {
		return nil
	}
	return f.list[i]
}

func (f *fields) fail(i int, err error) {
	if f.err == nil {
		f.err = fmt.Errorf("field %d: %w", i, err)
	}
}

func (f *fields) require(i int) {
	if f.err == nil && f.raw(i) == nil {
		f.err = fmt.Errorf("field %d is mandatory", i)
	}
}

func (f *fields) text(i int) string {
	raw := f.raw(i)
	if raw == nil {
		return ""
	}
	s, err := raw.Text()
	if err != nil {
		f.fail(i, err)
	}
	return s
}

func (f *fields) bytes(i int) []byte {
	raw := f.raw(i)
	if raw == nil {
		return nil
	}
	b, err := raw.Bytes()
	if err != nil {
		f.fail(i, err)
	}
	return b
}

func (f *fields) boolean(i int) bool {
	raw := f.raw(i)
	if raw == nil {
		return false
	}
	b, err := raw.Bool()
	if err != nil {
		f.fail(i, err)
	}
	return b
}

// number reads an unsigned integer of at most limit; without one, fallback.
func (f *fields) number(i int, limit, fallback uint64) uint64 {
	raw := f.raw(i)
	if raw == nil {
		return fallback
	}
	if v, ok := raw.scalar().(uint64); ok && v <= limit {
		return v
	}
	n, err := raw.Int()
	if err != nil || n < 0 || uint64(n) > limit {
		f.fail(i, ErrType)
		return 0
	}

	return uint64(n)
}

func (f *fields) uint32(i int, fallback uint32) uint32 {
	return uint32(f.number(i, math.MaxUint32, uint64(fallback)))
}

func (f *fields) optUint32(i int) *uint32 {
	if f.raw(i) == nil {
		return nil
	}
	return new(f.uint32(i, 0))
}

func (f *fields) optUint16(i int) *uint16 {
	if f.raw(i) == nil {
		return nil
	}
	return new(uint16(f.number(i, math.MaxUint16, 0)))
}

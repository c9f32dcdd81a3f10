package verify

import (
	"fmt"
	"iter"
)

// cursor is a listing with one element of look-ahead.
type cursor[T any] struct {
	next func() (T, error, bool)
	head T
	has  bool
	err  error
}

// newCursor begins a listing. The caller calls stop in the end.
func newCursor[T any](seq iter.Seq2[T, error]) (c *cursor[T], stop func()) {
	next, stop := iter.Pull2(seq)
	return &cursor[T]{next: next}, stop
}

// upTo drops the elements before a place, and returns the element at the place without
// taking it; false if there is none. order returns a number below zero for an element before
// the place, zero for one at it and more for one behind it.
func (c *cursor[T]) upTo(order func(T) int) (T, bool, error) {
	for {
		if !c.has && c.err == nil {
			c.head, c.err, c.has = c.next()
		}

		switch {
		case c.err != nil:
			return c.head, false, fmt.Errorf("listing an attempt's records: %w", c.err)
		case !c.has:
			return c.head, false, nil
		}

		if place := order(c.head); place >= 0 {
			return c.head, place == 0, nil
		}

		c.take()
	}
}

// take drops the element that upTo has returned.
func (c *cursor[T]) take() { c.has = false }

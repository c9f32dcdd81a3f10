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

// newCursor begins a listing and gives what closes it.
func newCursor[T any](seq iter.Seq2[T, error]) (c *cursor[T], stop func()) {
	next, stop := iter.Pull2(seq)
	return &cursor[T]{next: next}, stop
}

// upTo drops what order puts before a place, below zero, and gives the next
// element without taking it; false when it is beyond the place, or there is none.
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

// take drops the element that upTo has given.
func (c *cursor[T]) take() { c.has = false }

package survey

import (
	"context"
	"fmt"
	"sort"
)

// How many records a listing call asks for: few after a jump, and more with each call
// that reads on.
const (
	firstCall   = 256
	growth      = 4
	largestCall = 5000
)

// cursor seeks names in a listing. It keeps what the last call returned, so that a seek
// within it costs no call. What it keeps may be out of date: a record in it exists for
// good, and a record that is not in it may exist by now.
type cursor[T any] struct {
	list func(ctx context.Context, from string, most int) (records []T, more bool, err error)
	name func(T) string

	kept []T
	from string // the name from which kept was listed
	more bool   // there are more records after kept
	read bool   // a call has been made
	most int    // how many records the last call asked for
	last int    // index in kept of what was sought last
}

// seek returns the first record whose name is not before a name. found is false when there
// is none.
func (c *cursor[T]) seek(ctx context.Context, name string) (record T, found bool, err error) {
	if c.read && name >= c.from {
		if i := c.search(name); i < len(c.kept) {
			c.last = i
			return c.kept[i], true, nil
		}
		if !c.more {
			return record, false, nil
		}
	}

	if err := c.call(ctx, name); err != nil {
		return record, false, err
	}
	if len(c.kept) == 0 {
		return record, false, nil
	}

	return c.kept[0], true, nil
}

// search finds the first kept record whose name is not before a name. Most seeks
// are for the next one or the one after it.
func (c *cursor[T]) search(name string) int {
	for i := c.last; i < min(c.last+3, len(c.kept)); i++ {
		if c.name(c.kept[i]) >= name && (i == 0 || c.name(c.kept[i-1]) < name) {
			return i
		}
	}
	return sort.Search(len(c.kept), func(i int) bool { return c.name(c.kept[i]) >= name })
}

// call lists from a name on.
func (c *cursor[T]) call(ctx context.Context, name string) error {
	readsOn := c.read && len(c.kept) > 0 && c.last >= len(c.kept)-1
	if readsOn {
		c.most = min(growth*c.most, largestCall)
	} else {
		c.most = firstCall
	}

	kept, more, err := c.list(ctx, name, c.most)
	if err != nil {
		return fmt.Errorf("listing an attempt's records: %w", err)
	}

	c.kept, c.more, c.from, c.read, c.last = kept, more, name, true, 0

	return nil
}

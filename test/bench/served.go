package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	fake "azureml-dsr/test/emulator/fakeml"
)

// called is which calls the fake has answered, and how often each.
type called map[fake.Served]int

// calls returns what has been answered so far.
func (h *harness) calls() called {
	c := called{}
	for _, s := range h.Upstream.Served() {
		n := s.Count
		s.Count = 0
		c[s] = n
	}
	return c
}

// since returns what has been answered after an earlier look.
func (c called) since(before called) called {
	added := called{}
	for call, n := range c {
		if n -= before[call]; n > 0 {
			added[call] = n
		}
	}
	return added
}

// sameAs returns nil when both are the same calls, or an error that names some that
// differ: a comparison of two programs that ask for different things is worthless.
// How often a call was made is not compared: a retry is the program's own cost.
func (c called) sameAs(other called) error {
	mine, myExample := c.missingIn(other)
	theirs, theirExample := other.missingIn(c)
	if mine+theirs == 0 {
		return nil
	}

	return fmt.Errorf("the worker made %d calls that the loop did not, such as %+v; the loop %d, such as %+v", mine, myExample, theirs, theirExample)
}

// missingIn returns how many calls the other doesn't have, and the first of them by
// URL.
func (c called) missingIn(other called) (n int, example fake.Served) {
	byURL := func(x, y fake.Served) int { return strings.Compare(x.URL, y.URL) }
	for _, call := range slices.SortedFunc(maps.Keys(c), byURL) {
		if other[call] > 0 {
			continue
		}
		if n == 0 {
			example = call
		}
		n++
	}
	return n, example
}

package dsr

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// NodeRange is the nodes from one number to another, both included.
type NodeRange struct{ First, Last int }

// NodeSet is a set of node numbers in ascending ranges. It grows with the number of its
// ranges and not of its nodes: a stage may wait for thousands of nodes.
type NodeSet []NodeRange

// shortestRange is how many numbers in a row are written as a range.
const shortestRange = 3

// NodesOf returns the set of some numbers.
func NodesOf(numbers ...int) NodeSet {
	var s NodeSet
	for _, n := range slices.Sorted(slices.Values(numbers)) {
		s.Append(n)
	}
	return s
}

// Append adds a number that is not below any number of the set.
func (s *NodeSet) Append(n int) {
	if last := len(*s) - 1; last >= 0 && n <= (*s)[last].Last+1 {
		(*s)[last].Last = max((*s)[last].Last, n)
		return
	}
	*s = append(*s, NodeRange{n, n})
}

// Has reports whether a number is in the set.
func (s NodeSet) Has(n int) bool {
	i := sort.Search(len(s), func(i int) bool { return s[i].Last >= n })
	return i < len(s) && s[i].First <= n
}

// Union returns the numbers that are in any of some sets.
func Union(sets ...NodeSet) NodeSet {
	all := slices.Concat(sets...)
	slices.SortFunc(all, func(a, b NodeRange) int { return a.First - b.First })

	var out NodeSet
	for _, r := range all {
		if last := len(out) - 1; last >= 0 && r.First <= out[last].Last+1 {
			out[last].Last = max(out[last].Last, r.Last)
			continue
		}
		out = append(out, r)
	}
	return out
}

// All yields the numbers in ascending order.
func (s NodeSet) All() iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, r := range s {
			for n := r.First; n <= r.Last; n++ {
				if !yield(n) {
					return
				}
			}
		}
	}
}

// MeetsAny reports whether any of some sorted numbers is in the set.
func (s NodeSet) MeetsAny(sorted []int) bool {
	return slices.ContainsFunc(s, func(r NodeRange) bool {
		i, _ := slices.BinarySearch(sorted, r.First)
		return i < len(sorted) && sorted[i] <= r.Last
	})
}

// MarshalJSON writes an array of numbers, with a string such as "10-810" for three and
// more in a row.
func (s NodeSet) MarshalJSON() ([]byte, error) {
	if s == nil {
		return []byte("null"), nil
	}

	var b bytes.Buffer
	b.WriteByte('[')

	for _, r := range s {
		if r.Last-r.First+1 >= shortestRange {
			fmt.Fprintf(&b, `"%d-%d",`, r.First, r.Last)
			continue
		}
		for n := r.First; n <= r.Last; n++ {
			fmt.Fprintf(&b, "%d,", n)
		}
	}

	return append(bytes.TrimSuffix(b.Bytes(), []byte(",")), ']'), nil
}

// UnmarshalJSON reads what MarshalJSON writes, and plain numbers in any order.
func (s *NodeSet) UnmarshalJSON(body []byte) error {
	var elements []json.RawMessage
	if err := json.Unmarshal(body, &elements); err != nil {
		return fmt.Errorf("a set of nodes: %w", err)
	}

	read := make([]NodeSet, 0, len(elements))
	for _, e := range elements {
		r, err := parseNodeRange(strings.Trim(string(e), `"`))
		if err != nil {
			return err
		}
		read = append(read, NodeSet{r})
	}

	*s = Union(read...)

	return nil
}

func parseNodeRange(text string) (NodeRange, error) {
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	from, errFrom := strconv.Atoi(first)
	to, errTo := strconv.Atoi(last)
	if errFrom != nil || errTo != nil || from < 1 || to < from || to > MaxNode {
		return NodeRange{}, fmt.Errorf("a set of nodes: %q is no number and no range", text)
	}
	return NodeRange{from, to}, nil
}

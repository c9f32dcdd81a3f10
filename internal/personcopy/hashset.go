package personcopy

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"strings"
)

// itemHash stands for an item's place and name.
type itemHash [16]byte

// hashOf returns the hash of texts in their order.
func hashOf(texts ...string) itemHash {
	sum := sha256.Sum256([]byte(strings.Join(texts, "\x00")))
	return itemHash(sum[:])
}

func (h itemHash) compare(other itemHash) int { return bytes.Compare(h[:], other[:]) }

// hashSet is a set of items that takes a few bytes more than 16 for each, however long their
// names are. What was added counts from the next seal on.
type hashSet struct{ buckets [256]bucket } // by the first byte

type bucket struct{ sealed, added []itemHash }

func (s *hashSet) add(h itemHash) {
	b := &s.buckets[h[0]]
	b.added = append(b.added, h)
}

func (s *hashSet) seal() {
	for i := range s.buckets {
		b := &s.buckets[i]
		if len(b.added) == 0 {
			continue
		}
		all := b.added
		if len(b.sealed) > 0 {
			all = slices.Concat(b.sealed, b.added)
		}
		slices.SortFunc(all, itemHash.compare)
		*b = bucket{sealed: slices.Compact(all)}
	}
}

func (s *hashSet) has(h itemHash) bool {
	_, found := slices.BinarySearchFunc(s.buckets[h[0]].sealed, h, itemHash.compare)
	return found
}

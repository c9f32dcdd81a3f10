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
// names are. It is filled, then sealed, then asked.
type hashSet struct {
	buckets [256][]itemHash // by the first byte, sorted once sealed
	changed bool
}

func (s *hashSet) add(h itemHash) {
	s.buckets[h[0]] = append(s.buckets[h[0]], h)
	s.changed = true
}

// seal makes has see what was added.
func (s *hashSet) seal() {
	if !s.changed {
		return
	}
	for i, bucket := range s.buckets {
		slices.SortFunc(bucket, itemHash.compare)
		s.buckets[i] = slices.Compact(bucket)
	}
	s.changed = false
}

func (s *hashSet) has(h itemHash) bool {
	_, found := slices.BinarySearchFunc(s.buckets[h[0]], h, itemHash.compare)
	return found
}

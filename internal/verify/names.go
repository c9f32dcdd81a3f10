package verify

import (
	"hash/maphash"
	"slices"
	"sync"
)

// nameSet is a set of names that takes eight bytes for each. Its hash has a random seed, so
// that nobody can make a name with the hash of another. It is safe for concurrent use.
type nameSet struct {
	seed maphash.Seed

	mu     sync.Mutex
	hashes []uint64
	sorted bool
}

func newNameSet() *nameSet { return &nameSet{seed: maphash.MakeSeed()} }

func (s *nameSet) add(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hashes, s.sorted = append(s.hashes, maphash.String(s.seed, name)), false
}

func (s *nameSet) has(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.sorted {
		slices.Sort(s.hashes)
		s.sorted = true
	}
	_, found := slices.BinarySearch(s.hashes, maphash.String(s.seed, name))
	return found
}

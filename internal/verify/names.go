package verify

import (
	"hash/maphash"
	"slices"
	"sync"
)

// nameSet remembers names in eight bytes each. Its hash has a seed of its own,
// so nobody can make a name that passes for another.
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

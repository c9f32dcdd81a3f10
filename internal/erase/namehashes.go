package erase

import (
	"hash/maphash"
	"slices"
)

// nameHashes holds names in nine bytes each, and which of them were struck out. Its
// hash has a seed of its own, so nobody can make a name that passes for another.
type nameHashes struct {
	seed   maphash.Seed
	hashes []uint64
	struck []bool // once the first was struck out; the hashes are sorted then
}

func newNameHashes() *nameHashes { return &nameHashes{seed: maphash.MakeSeed()} }

func (n *nameHashes) len() int { return len(n.hashes) }

func (n *nameHashes) add(name string) { n.hashes = append(n.hashes, maphash.String(n.seed, name)) }

func (n *nameHashes) strike(name string) {
	if n.struck == nil {
		slices.Sort(n.hashes)
		n.hashes = slices.Compact(n.hashes)
		n.struck = make([]bool, len(n.hashes))
	}
	if i, found := slices.BinarySearch(n.hashes, maphash.String(n.seed, name)); found {
		n.struck[i] = true
	}
}

// left reports whether a name was not struck out.
func (n *nameHashes) left() bool {
	return (n.struck == nil && len(n.hashes) > 0) || slices.Contains(n.struck, false)
}

func (n *nameHashes) clear() { n.hashes, n.struck = n.hashes[:0], nil }

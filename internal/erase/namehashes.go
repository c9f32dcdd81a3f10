package erase

import (
	"hash/maphash"
	"slices"
)

// nameHashes is a set of names from which names are struck out. It takes nine bytes a
// name, whatever its length. The hash has a random seed, so nobody can make up a name
// that passes for another.
type nameHashes struct {
	seed   maphash.Seed
	hashes []uint64
	struck []bool // nil until the first is struck out; the hashes are sorted from then on
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

// left reports whether there is a name that was not struck out.
func (n *nameHashes) left() bool {
	return (n.struck == nil && len(n.hashes) > 0) || slices.Contains(n.struck, false)
}

func (n *nameHashes) clear() { n.hashes, n.struck = n.hashes[:0], nil }

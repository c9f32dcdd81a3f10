package closing

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"

	"azureml-dsr/internal/dsr"
)

// keyTable maps things to their ownership in eight bytes each: 62 bits of a keyed hash
// and two of ownership. It holds a few sorted runs, and a map of what was added last.
//
// Its size grows with the number of things: 1,000,000 take 8 MB. The tables of a plan may
// have 3,500,000 in all within the 64 MiB that a handler should take.
type keyTable struct {
	seed    []byte
	runs    [][]uint64
	recent  map[uint64]dsr.Ownership // by hash
	pending []uint64                 // added, and not stored yet
}

// ownerships are in the order of caution. When a thing is added twice, the more cautious
// ownership counts.
var ownerships = []dsr.Ownership{dsr.OwnerUnknown, dsr.OwnerPossible, dsr.OwnerSubject}

const (
	ownershipBits = 2
	keyBytes      = 8
	// recentKeys is how many keys become a run. maxRun bounds a run, because merging two
	// takes as much memory again.
	recentKeys = 1 << 14
	maxRun     = 1 << 20
)

func (t *keyTable) hash(key string) uint64 {
	mac := hmac.New(sha256.New, t.seed)
	mac.Write([]byte(key))
	return binary.BigEndian.Uint64(mac.Sum(nil)) >> ownershipBits << ownershipBits
}

func (t *keyTable) add(key string, own dsr.Ownership) {
	hash := t.hash(key)
	t.pending = append(t.pending, hash|caution(own))

	if t.recent == nil {
		t.recent = make(map[uint64]dsr.Ownership)
	}
	if before, found := t.recent[hash]; found && caution(before) < caution(own) {
		own = before
	}

	t.recent[hash] = own

	if len(t.recent) == recentKeys {
		t.cut()
	}
}

func caution(own dsr.Ownership) uint64 { return uint64(max(0, slices.Index(ownerships, own))) }

// cut makes a run of what was added last.
func (t *keyTable) cut() {
	run := make([]uint64, 0, len(t.recent))
	for hash, own := range t.recent {
		run = append(run, hash|caution(own))
	}
	clear(t.recent)
	t.push(run)
}

// push adds a run and merges it with the earlier ones that are not longer.
func (t *keyTable) push(run []uint64) {
	slices.Sort(run)
	for last := len(t.runs) - 1; last >= 0; last-- {
		before := t.runs[last]
		if len(before) > len(run) || len(before)+len(run) > maxRun {
			break
		}
		run = merged(before, run)
		t.runs = t.runs[:last]
	}
	t.runs = append(t.runs, run)
}

// merged merges two sorted runs.
func merged(a, b []uint64) []uint64 {
	out := make([]uint64, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0] <= b[0] {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// find returns a thing's ownership, and false when the thing was never added.
func (t *keyTable) find(key string) (own dsr.Ownership, found bool) {
	hash := t.hash(key)
	own, found = t.recent[hash]
	for _, run := range t.runs {
		i, _ := slices.BinarySearch(run, hash)
		if i == len(run) || run[i]>>ownershipBits != hash>>ownershipBits {
			continue
		}
		if said := ownerships[run[i]&(1<<ownershipBits-1)]; !found || caution(said) < caution(own) {
			own, found = said, true
		}
	}
	return own, found
}

// unsaved returns, encoded, what was added since the last call.
func (t *keyTable) unsaved() []byte {
	body := make([]byte, 0, keyBytes*len(t.pending))
	for _, key := range t.pending {
		body = binary.BigEndian.AppendUint64(body, key)
	}
	t.pending = nil
	return body
}

// load adds what unsaved has returned.
func (t *keyTable) load(body []byte) error {
	if len(body)%keyBytes != 0 {
		return errors.New("planning a deletion: stored hashes are cut off")
	}

	for part := range slices.Chunk(body, keyBytes*maxRun) {
		run := make([]uint64, 0, len(part)/keyBytes)
		for ; len(part) > 0; part = part[keyBytes:] {
			key := binary.BigEndian.Uint64(part)
			if int(key&(1<<ownershipBits-1)) >= len(ownerships) {
				return errors.New("planning a deletion: stored hashes name no ownership")
			}
			run = append(run, key)
		}

		t.push(run)
	}
	return nil
}

// reset empties the table.
func (t *keyTable) reset() { *t = keyTable{seed: t.seed} }

package fanout

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"

	"azureml-dsr/internal/dsr"
)

// keyTable keeps, of many things, whose they are, in eight bytes each: 62 bits of a
// keyed hash and the ownership. Things are added first and looked up afterwards.
type keyTable struct {
	seed    []byte
	keys    []uint64
	sorted  bool
	pending []uint64 // those of keys that are not stored yet
}

// ownerships are in the order of caution: of two words on one thing the more
// cautious one counts.
var ownerships = []dsr.Ownership{dsr.OwnerUnknown, dsr.OwnerPossible, dsr.OwnerSubject}

const (
	ownershipBits = 2
	keyBytes      = 8
)

func (t *keyTable) hash(key string) uint64 {
	mac := hmac.New(sha256.New, t.seed)
	mac.Write([]byte(key))
	return binary.BigEndian.Uint64(mac.Sum(nil)) >> ownershipBits << ownershipBits
}

func (t *keyTable) add(key string, own dsr.Ownership) {
	k := t.hash(key) | uint64(max(0, slices.Index(ownerships, own)))
	t.keys, t.sorted = append(t.keys, k), false
	t.pending = append(t.pending, k)
}

// find returns whose a thing is; false when nothing was said of it.
func (t *keyTable) find(key string) (dsr.Ownership, bool) {
	if !t.sorted {
		slices.Sort(t.keys)
		t.sorted = true
	}
	hash := t.hash(key)
	i, _ := slices.BinarySearch(t.keys, hash)
	if i == len(t.keys) || t.keys[i]>>ownershipBits != hash>>ownershipBits {
		return dsr.OwnerUnknown, false
	}
	return ownerships[t.keys[i]&(1<<ownershipBits-1)], true
}

// unsaved returns the bytes of what was added since the last call.
func (t *keyTable) unsaved() []byte {
	body := make([]byte, 0, keyBytes*len(t.pending))
	for _, key := range t.pending {
		body = binary.BigEndian.AppendUint64(body, key)
	}
	t.pending = nil
	return body
}

// load adds what was stored.
func (t *keyTable) load(body []byte) error {
	if len(body)%keyBytes != 0 {
		return errors.New("planning a deletion: stored hashes are cut off")
	}
	for ; len(body) > 0; body = body[keyBytes:] {
		key := binary.BigEndian.Uint64(body)
		if int(key&(1<<ownershipBits-1)) >= len(ownerships) {
			return errors.New("planning a deletion: stored hashes name no ownership")
		}
		t.keys, t.sorted = append(t.keys, key), false
	}
	return nil
}

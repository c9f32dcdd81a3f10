package personcopy

import (
	"encoding/gob"
	"fmt"
)

// known is a set or a map that is saved in small pieces. An encoder holds a whole piece in memory.
type known interface {
	save(*gob.Encoder) error
	load(*gob.Decoder) error
}

// pieceSize is how many members of a map are a piece.
const pieceSize = 4096

// hashMap is a map by the hash of a text.
type hashMap[V any] map[uint64]V

// save writes the members in pieces, and then an empty one.
func (m hashMap[V]) save(to *gob.Encoder) error {
	piece := make(map[uint64]V, pieceSize)
	for hash, v := range m {
		piece[hash] = v
		if len(piece) < pieceSize {
			continue
		}
		if err := to.Encode(piece); err != nil {
			return err //nolint:wrapcheck // Save says what failed
		}
		clear(piece)
	}

	if len(piece) > 0 {
		if err := to.Encode(piece); err != nil {
			return err //nolint:wrapcheck // Save says what failed
		}
	}
	return to.Encode(map[uint64]V{}) //nolint:wrapcheck // Save says what failed
}

func (m hashMap[V]) load(from *gob.Decoder) error {
	for {
		var piece map[uint64]V
		if err := from.Decode(&piece); err != nil {
			return err //nolint:wrapcheck // Resume says what failed
		}
		if len(piece) == 0 {
			return nil
		}
		for hash, v := range piece {
			m[hash] = v
		}
	}
}

// savedBucket has the hashes of a bucket, one after another.
type savedBucket struct{ Sealed, Added []byte }

func (s *hashSet) save(to *gob.Encoder) error {
	for i := range s.buckets {
		if err := to.Encode(savedBucket{flat(s.buckets[i].sealed), flat(s.buckets[i].added)}); err != nil {
			return err //nolint:wrapcheck // Save says what failed
		}
	}
	return nil
}

func (s *hashSet) load(from *gob.Decoder) error {
	for i := range s.buckets {
		var of savedBucket
		if err := from.Decode(&of); err != nil {
			return err //nolint:wrapcheck // Resume says what failed
		}
		sealed, err := hashes(of.Sealed)
		if err != nil {
			return err
		}
		added, err := hashes(of.Added)
		if err != nil {
			return err
		}
		s.buckets[i] = bucket{sealed, added}
	}
	return nil
}

func flat(hashes []itemHash) []byte {
	out := make([]byte, 0, len(hashes)*len(itemHash{}))
	for _, h := range hashes {
		out = append(out, h[:]...)
	}
	return out
}

func hashes(flat []byte) ([]itemHash, error) {
	const size = len(itemHash{})
	if len(flat)%size != 0 {
		return nil, fmt.Errorf("%d bytes are no hashes of %d", len(flat), size)
	}
	out := make([]itemHash, 0, len(flat)/size)
	for ; len(flat) > 0; flat = flat[size:] {
		out = append(out, itemHash(flat))
	}
	return out, nil
}

package archive

import (
	"context"
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
)

// resumableID names the blocks of an artifact so that a later call can go on:
// 16 bytes digest of the source's ETag and length, 8 bytes number, 32 bytes
// state of SHA-256 after the block, 8 bytes zero. Staged blocks can't be read
// back, so the running hash must live somewhere, and it fits into the id. Equal
// tags mean equal bytes, so concurrent deliveries may share ids. A last block that is no whole
// number of hash blocks has no such state and is always staged again.
func resumableID(etag string, length int64) writerID {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", etag, length))
	return writerID(sum[:16])
}

func (w writerID) blockAfter(number int, sum hash.Hash, size int64) (BlockID, error) {
	id := w.block(number)
	if size%sha256.BlockSize != 0 {
		return id, nil
	}
	state, err := hashState(sum)
	copy(id[idState:idEnd], state)
	return id, err
}

// SHA-256's marshalled form: a magic, the state, the pending bytes (none at the
// end of a hash block) and the length. Go promises the interface, not this
// layout; a test pins it.
const (
	hashMagic   = "sha\x03"
	hashLayout  = len(hashMagic) + sha256.Size + sha256.BlockSize + 8
	errMarshals = "this Go marshals SHA-256 in another form"
)

func hashState(sum hash.Hash) ([]byte, error) {
	m, ok := sum.(encoding.BinaryMarshaler)
	if !ok {
		return nil, errors.New(errMarshals)
	}
	b, err := m.MarshalBinary()
	if err != nil || len(b) != hashLayout || string(b[:len(hashMagic)]) != hashMagic {
		return nil, errors.New(errMarshals)
	}
	return b[len(hashMagic):][:sha256.Size], nil
}

func hashFrom(state []byte, length int64) (hash.Hash, error) {
	b := make([]byte, 0, hashLayout)
	b = append(b, hashMagic...)
	b = append(b, state...)
	b = append(b, make([]byte, sha256.BlockSize)...)
	b = binary.BigEndian.AppendUint64(b, uint64(length))
	sum := sha256.New()
	m, ok := sum.(encoding.BinaryUnmarshaler)
	if !ok {
		return nil, errors.New(errMarshals)
	}
	if err := m.UnmarshalBinary(b); err != nil {
		return nil, errors.New(errMarshals)
	}

	return sum, nil
}

// resume lets a writer of a long source go on behind what earlier calls have
// staged: the largest run of whole blocks from 0 without a gap.
func (w *Writer) resume(ctx context.Context, etag string, length int64) error {
	tag := resumableID(etag, length)
	w.id = func(number int) (BlockID, error) { return tag.blockAfter(number, w.sum, w.size) }
	staged, err := w.a.backend.Staged(ctx, w.name)
	if err != nil {
		return err
	}

	for _, b := range staged {
		if writerID(b.ID[:idNumber]) != tag && isResumable(b.ID) {
			w.stale++
		}
	}

	run := longestRun(staged, tag, int64(w.pool.size))
	if len(run) == 0 {
		return nil
	}
	size := int64(len(run)) * int64(w.pool.size)
	if size > length {
		return nil // not ours: begin again
	}
	last := run[len(run)-1]
	if w.sum, err = hashFrom(last[idState:idEnd], size); err != nil {
		return err
	}

	w.blocks, w.size = run, size

	return nil
}

// isResumable reports whether a later writer can go on behind a block.
func isResumable(id BlockID) bool {
	return [idEnd - idState]byte(id[idState:idEnd]) != [idEnd - idState]byte{}
}

// progress counts the blocks by which this writer has got further than any before. A
// source that changes each time makes all that was staged useless.
func (w *Writer) progress() int {
	return max(0, min(w.kept, len(w.blocks)-w.stale))
}

func longestRun(staged []StagedBlock, tag writerID, blockSize int64) []BlockID {
	byNumber := map[uint64]BlockID{}
	ambiguous := map[uint64]bool{}
	for _, b := range staged {
		n := numberOf(b.ID)
		if writerID(b.ID[:idNumber]) != tag || b.Size != blockSize || !isResumable(b.ID) {
			continue
		}
		if other, twice := byNumber[n]; twice && other != b.ID {
			ambiguous[n] = true
		}
		byNumber[n] = b.ID
	}

	var run []BlockID
	for {
		n := uint64(len(run))
		id, found := byNumber[n]
		if !found || ambiguous[n] {
			return run
		}
		run = append(run, id)
	}
}

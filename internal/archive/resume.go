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

// resumableID returns the writer id of an artifact's blocks, a digest of the source's ETag
// and length. It makes the blocks resumable: a later call with the same source recognizes
// them.
//
// A block id has 16 bytes of this digest, 8 bytes for the number, 32 bytes for the state of
// SHA-256 after the block, and 8 zero bytes. The state of the hash is in the id because
// staged blocks can't be read back. Concurrent deliveries may share ids, because equal ETags
// mean equal bytes. A last block that does not end at a hash block has no state and is
// always staged again.
func resumableID(etag string, length int64) writerID {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", etag, length))
	return writerID(sum[:16])
}

// blockAfter returns the id of a block after which sum has hashed size bytes.
func (w writerID) blockAfter(number int, sum hash.Hash, size int64) (BlockID, error) {
	id := w.block(number)
	if size%sha256.BlockSize != 0 {
		return id, nil
	}
	state, err := hashState(sum)
	copy(id[idState:idEnd], state)
	return id, err
}

// The marshalled form of SHA-256: a magic, the state, the pending bytes (none at the end of
// a hash block) and the length. Go guarantees the interface and not this layout, so a test
// pins it.
const (
	hashMagic   = "sha\x03"
	hashLayout  = len(hashMagic) + sha256.Size + sha256.BlockSize + 8
	errMarshals = "this Go marshals SHA-256 in another form"
)

// hashState returns the state of a SHA-256 at the end of a hash block.
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

// hashFrom returns a SHA-256 that continues from a state after length bytes.
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

// resume makes the writer of a long source continue after the blocks that earlier calls
// staged: the longest run of whole blocks from number 0 on without a gap.
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
		return nil // another source's blocks: start over
	}
	last := run[len(run)-1]
	if w.sum, err = hashFrom(last[idState:idEnd], size); err != nil {
		return err
	}

	w.blocks, w.size = run, size
	return nil
}

// isResumable reports whether a later writer can continue after a block.
func isResumable(id BlockID) bool {
	return [idEnd - idState]byte(id[idState:idEnd]) != [idEnd - idState]byte{}
}

// progress returns how many blocks further this writer got than any earlier one. Blocks of
// an earlier version of the source are subtracted, so that a source which changes with each
// call makes no progress.
func (w *Writer) progress() int {
	return max(0, min(w.kept, len(w.blocks)-w.stale))
}

// longestRun returns the ids of the blocks of a tag from number 0 on, up to the first number
// that is missing or that two blocks claim.
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

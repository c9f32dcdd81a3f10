package archive

import (
	"context"
	"crypto/sha256"
	"encoding"
	"errors"
	"fmt"
)

// ErrLost means that a paused blob can't be continued, because the store has dropped blocks of
// it. It drops them after a week, or when another writer has created the blob.
var ErrLost = errors.New("the blocks of an unfinished blob are not stored any more")

// Paused is an unfinished blob that another writer can continue. All its bytes are staged.
type Paused struct {
	Blocks []BlockID
	// Size is in bytes.
	Size int64
	// Hash is the marshaled state of SHA-256 after these bytes.
	Hash []byte
}

// Pause stages what was written so far, and closes the writer without creating the blob.
func (w *Writer) Pause() (Paused, error) {
	defer w.release()
	if err := w.usable(); err != nil {
		return Paused{}, err
	}

	if len(*w.buf) > 0 {
		if err := w.stage(); err != nil {
			return Paused{}, err
		}
	}
	m, ok := w.sum.(encoding.BinaryMarshaler)
	if !ok {
		return Paused{}, w.fail(errors.New(errMarshals))
	}
	state, err := m.MarshalBinary()
	if err != nil {
		return Paused{}, w.fail(err)
	}

	return Paused{Blocks: w.blocks, Size: w.size, Hash: state}, nil
}

// ResumeWriter continues a paused blob. It fails with ErrLost if the store has dropped a block.
// Otherwise it is like NewWriter.
func (a *Archive) ResumeWriter(ctx context.Context, name string, from Paused) (*Writer, error) {
	sum := sha256.New()
	if m, ok := sum.(encoding.BinaryUnmarshaler); !ok || m.UnmarshalBinary(from.Hash) != nil {
		return nil, fmt.Errorf("%w: %s", ErrLost, errMarshals)
	}
	if err := a.areStaged(ctx, name, from.Blocks); err != nil {
		return nil, err
	}

	w, err := a.NewWriter(ctx, name)
	if err != nil {
		return nil, err
	}
	w.blocks, w.size, w.sum = from.Blocks, from.Size, sum
	return w, nil
}

// areStaged returns ErrLost unless all blocks are staged.
func (a *Archive) areStaged(ctx context.Context, name string, blocks []BlockID) error {
	if len(blocks) == 0 {
		return nil
	}
	staged, err := a.backend.Staged(ctx, name)
	if err != nil {
		return fmt.Errorf("looking for the blocks of %s: %w", name, err)
	}

	there := make(map[BlockID]bool, len(staged))
	for _, b := range staged {
		there[b.ID] = true
	}
	for _, id := range blocks {
		if !there[id] {
			return fmt.Errorf("%w: %s", ErrLost, name)
		}
	}
	return nil
}

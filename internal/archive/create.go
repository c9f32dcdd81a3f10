package archive

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"azureml-dsr/internal/dsr"
)

// Create stores a record create-only, with the metadata sha256 added. It returns the stored
// blob's Info, whoever wrote it. It does not report who did, because nothing may depend on
// that.
func (a *Archive) Create(ctx context.Context, name string, body []byte, meta map[string]string) (Info, error) {
	sum := sha256.Sum256(body)
	meta, err := withHash(meta, hex.EncodeToString(sum[:]))
	if err != nil {
		return Info{}, fmt.Errorf("creating a record: %w", err)
	}
	return a.create(ctx, name, body, meta)
}

// create puts a blob in one call. If the store refuses, an existing blob counts. If there is
// none, the refusal is the false one of Azurite for a name that has only staged blocks. Then
// staging and committing works.
func (a *Archive) create(ctx context.Context, name string, body []byte, meta map[string]string) (Info, error) {
	err := a.backend.Put(ctx, name, body, meta)
	if !errors.Is(err, ErrExists) {
		return createdInfo(name, int64(len(body)), meta, err)
	}
	info, err := a.backend.Stat(ctx, name)
	if !errors.Is(err, ErrNotFound) {
		return info, err
	}

	var blocks []BlockID
	if len(body) > 0 {
		blocks = []BlockID{newWriterID().block(0)}
		if err := a.backend.Stage(ctx, name, blocks[0], body); err != nil {
			return Info{}, err
		}
	}

	return a.commit(ctx, name, blocks, int64(len(body)), meta)
}

// commit creates a blob from staged blocks, or finds the one of a concurrent delivery.
func (a *Archive) commit(ctx context.Context, name string, blocks []BlockID, size int64, meta map[string]string) (Info, error) {
	err := a.backend.Commit(ctx, name, blocks, meta)
	if !errors.Is(err, ErrExists) {
		return createdInfo(name, size, meta, err)
	}
	info, err := a.backend.Stat(ctx, name)
	if errors.Is(err, ErrNotFound) {
		return Info{}, dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "storage refused to create a blob that isn't there")
	}
	return info, err
}

// createdInfo returns the Info of a blob that this call created, or err.
func createdInfo(name string, size int64, meta map[string]string, err error) (Info, error) {
	if err != nil {
		return Info{}, err
	}
	return Info{
		Name:     name,
		Size:     size,
		Created:  time.Now().UTC(),
		Metadata: meta,
	}, nil
}

// writerID is the beginning of the block ids of one writer. Concurrent deliveries with the
// same ids could commit a mixture of their blocks.
type writerID [16]byte

func newWriterID() (id writerID) {
	_, _ = rand.Read(id[:]) // never fails
	return id
}

func (w writerID) block(number int) BlockID {
	var id BlockID
	copy(id[:], w[:])
	putNumber(&id, number)
	return id
}

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

// Create stores a small record create-only, with the metadata sha256 added, and
// returns the stored blob's Info, whoever wrote it. It doesn't say who did:
// nothing may depend on that.
func (a *Archive) Create(ctx context.Context, name string, body []byte, meta map[string]string) (Info, error) {
	sum := sha256.Sum256(body)
	meta, err := withHash(meta, hex.EncodeToString(sum[:]))
	if err != nil {
		return Info{}, fmt.Errorf("creating a record: %w", err)
	}
	return a.create(ctx, name, body, meta)
}

// create puts a blob in one call. A refusal proves nothing: if the blob is there
// it counts; if not, the refusal was Azurite's false one for a name under which
// only staged blocks lie, and staging and committing works.
func (a *Archive) create(ctx context.Context, name string, body []byte, meta map[string]string) (Info, error) {
	err := a.backend.Put(ctx, name, body, meta)
	if !errors.Is(err, ErrExists) {
		return written(name, int64(len(body)), meta, err)
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

// commit makes a blob of staged blocks, or finds that a concurrent delivery has.
func (a *Archive) commit(ctx context.Context, name string, blocks []BlockID, size int64, meta map[string]string) (Info, error) {
	err := a.backend.Commit(ctx, name, blocks, meta)
	if !errors.Is(err, ErrExists) {
		return written(name, size, meta, err)
	}
	info, err := a.backend.Stat(ctx, name)
	if errors.Is(err, ErrNotFound) {
		return Info{}, &dsr.Error{Class: dsr.Transient, Reason: dsr.ReasonTransient,
			Message: "storage refused to create a blob that isn't there"}
	}
	return info, err
}

func written(name string, size int64, meta map[string]string, err error) (Info, error) {
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

// writerID begins the block ids of one writer. concurrent deliveries that shared ids could
// commit a mixture of their blocks.
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

package archive

import (
	"context"
	"errors"
	"fmt"
	"io"

	"azureml-dsr/internal/dsr"
)

// Options sets the sizes of an Archive. The zero value means all defaults. Block sizes
// are rounded up to a multiple of 64 bytes, the block size of SHA-256, so that hashing
// can resume at the end of any block.
type Options struct {
	// BlockSize is the block size of parts in bytes; default 1 MiB.
	BlockSize int
	// ArtifactBlockSize is the block size of artifacts in bytes; default 8 MiB. A blob
	// has at most 50,000 blocks, so this also limits the size of an artifact.
	ArtifactBlockSize int
	// ArtifactRange is how many bytes of an artifact one request to its source reads;
	// default 256 MiB. A larger artifact is copied range by range and can be resumed.
	ArtifactRange int64
	// Buffers is the maximum number of block buffers in use at a time; default 16, at
	// least 2. A quarter of them is reserved for artifacts. Otherwise tasks that each
	// hold a part's buffer could wait for one another's when they copy an artifact.
	Buffers int
	// SmallBuffers is how many artifacts of at most 64 KiB are copied at a time; default 32.
	// They need none of the other buffers.
	SmallBuffers int
}

// smallArtifact is how many bytes an artifact has at most that is copied with a small buffer.
const smallArtifact = 64 << 10

func (o *Options) withDefaults() Options {
	var out Options
	if o != nil {
		out = *o
	}
	if out.BlockSize <= 0 {
		out.BlockSize = 1 << 20
	}
	if out.ArtifactBlockSize <= 0 {
		out.ArtifactBlockSize = 8 << 20
	}
	if out.ArtifactRange <= 0 {
		out.ArtifactRange = 256 << 20
	}
	if out.Buffers <= 0 {
		out.Buffers = 16
	}
	if out.SmallBuffers <= 0 {
		out.SmallBuffers = 32
	}

	out.BlockSize = roundUp(out.BlockSize)
	out.ArtifactBlockSize = roundUp(out.ArtifactBlockSize)
	out.Buffers = max(out.Buffers, 2)

	return out
}

func roundUp(n int) int { return (n + 63) / 64 * 64 }

// Archive writes blobs create-only on a Backend. It is safe for concurrent use.
type Archive struct {
	backend        Backend
	opts           Options
	parts          *buffers
	artifacts      *buffers
	smallArtifacts *buffers
	written        writtenParts
}

// New returns an Archive on a backend. Nil options mean all defaults.
func New(b Backend, opts *Options) *Archive {
	o := opts.withDefaults()
	forArtifacts := max(1, o.Buffers/4)
	return &Archive{
		backend:        b,
		opts:           o,
		parts:          newBuffers(o.Buffers-forArtifacts, o.BlockSize),
		artifacts:      newBuffers(forArtifacts, o.ArtifactBlockSize),
		smallArtifacts: newBuffers(o.SmallBuffers, min(smallArtifact, o.ArtifactBlockSize)),
	}
}

// Backend returns the underlying store, for listings, deletions and index blobs.
func (a *Archive) Backend() Backend { return a.backend }

// Read reads a whole record. It fails for a record of more than limit bytes, and with
// ErrNotFound for a missing one.
func (a *Archive) Read(ctx context.Context, name string, limit int64) (body []byte, info Info, err error) {
	r, info, err := a.backend.Open(ctx, name, 0)
	if err != nil {
		return nil, Info{}, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if info.Size > limit {
		return nil, Info{}, fmt.Errorf("a record of %d bytes is longer than %d", info.Size, limit)
	}
	body, err = io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, Info{}, fmt.Errorf("reading a record: %w", err)
	}
	if int64(len(body)) != info.Size {
		return nil, Info{}, dsr.Errorf(dsr.Transient, dsr.ReasonTransient,
			"storage gave %d of a record's %d bytes", len(body), info.Size)
	}

	return body, info, nil
}

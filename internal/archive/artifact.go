package archive

import (
	"context"
	"errors"
	"fmt"
	"io"

	"azureml-dsr/internal/dsr"
)

// StoreArtifact is CopyArtifact for a blob that may be there already: then the
// source isn't read.
func (a *Archive) StoreArtifact(ctx context.Context, name string, src Source) (info Info, progress int, err error) {
	info, err = a.backend.Stat(ctx, name)
	if !errors.Is(err, ErrNotFound) {
		return info, 0, err
	}
	return a.CopyArtifact(ctx, name, src)
}

// CopyArtifact copies a source to a create-only blob and returns the stored
// blob's Info. One of up to ArtifactRange, or of unknown length, is one request;
// a longer one with a strong ETag is read range by range and goes on behind the
// blocks that an earlier call has staged; without such an ETag it starts again.
// A body that breaks is gone on with under If-Match, until it fails three times
// in a row without a byte between.
//
// progress counts what this call staged or committed. When it fails, at ctx's
// deadline with context.DeadlineExceeded, only the blocks count that another call can
// go on behind.
func (a *Archive) CopyArtifact(ctx context.Context, name string, src Source) (info Info, progress int, err error) {
	w, err := a.newWriter(ctx, name, a.artifacts)
	if err != nil {
		return Info{}, 0, err
	}
	defer w.Abort()

	r, err := openSource(ctx, src, a.opts.ArtifactRange)
	if err != nil {
		return Info{}, 0, err
	}
	defer r.Close()

	if err = a.copyArtifact(ctx, w, r); err == nil {
		info, err = w.Commit(nil)
	}
	if err != nil {
		return Info{}, w.progress(), fmt.Errorf("storing an artifact: %w", err)
	}

	return info, w.staged + 1, nil
}

func (a *Archive) copyArtifact(ctx context.Context, w *Writer, r *sourceReader) error {
	if most := maxBlocks * int64(a.opts.ArtifactBlockSize); r.length > most {
		return dsr.Errorf(dsr.Permanent, dsr.ReasonRefused,
			"an artifact of %d bytes is longer than the %d that a blob holds in blocks of %d", r.length, most, a.opts.ArtifactBlockSize)
	}
	if r.long() {
		if err := w.resume(ctx, r.etag, r.length); err != nil {
			return err
		}
		r.seek(w.Size())
	}
	_, err := io.CopyBuffer(w, r, make([]byte, copySize(r.length)))
	return err
}

// copySize is how much of an artifact is copied at once: no more than there is,
// for most artifacts are small. The length is -1 when it isn't known.
func copySize(length int64) int64 {
	const most = 32 << 10
	if length < 0 {
		return most
	}
	return min(max(length, 1), most) // io.CopyBuffer refuses an empty buffer
}

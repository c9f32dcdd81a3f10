package archive

import (
	"context"
	"errors"
	"fmt"
	"io"

	"azureml-dsr/internal/dsr"
)

// StoreArtifact is CopyArtifact for a blob that may exist already. If it does, the
// source is not read.
func (a *Archive) StoreArtifact(ctx context.Context, name string, src Source) (info Info, progress int, err error) {
	info, err = a.backend.Stat(ctx, name)
	if !errors.Is(err, ErrNotFound) {
		return info, 0, err
	}
	return a.CopyArtifact(ctx, name, src)
}

// CopyArtifact copies a source to a create-only blob and returns the stored blob's Info.
//
// A source of at most ArtifactRange bytes, or of unknown length, is read with one
// request, and with two if it is longer than a small buffer and no large one is free. A
// longer source with a strong ETag is read range by range, after the blocks
// that an earlier call staged. Without a strong ETag every call starts over. If a body
// breaks off, reading continues with If-Match, unless three requests in a row return no
// byte.
//
// progress is the number of blocks that this call staged, plus 1 for the commit. If the
// call fails, progress counts only blocks after which another call can continue. At the
// deadline of ctx it fails with context.DeadlineExceeded.
func (a *Archive) CopyArtifact(ctx context.Context, name string, src Source) (info Info, progress int, err error) {
	w, err := a.newWriter(ctx, name, a.smallArtifacts)
	if err != nil {
		return Info{}, 0, err
	}
	defer w.Abort()

	r, err := openSource(ctx, src, a.opts.ArtifactRange)
	if err != nil {
		return Info{}, 0, err
	}
	defer r.Close()

	if r.length < 0 || r.length > int64(w.pool.size) { // it does not fit, or may not
		w.Abort()
		if w, err = a.largeWriter(ctx, name, r); err != nil {
			return Info{}, 0, err
		}
		defer w.Abort()
	}

	if err = a.copyArtifact(ctx, w, r); err == nil {
		info, err = w.Commit(nil)
	}
	if err != nil {
		return Info{}, w.progress(), fmt.Errorf("storing an artifact: %w", err)
	}

	return info, w.staged + 1, nil
}

// largeWriter begins the blob of an artifact that needs a large buffer. The source is closed
// while it waits for one, because those that have one may need the connection.
func (a *Archive) largeWriter(ctx context.Context, name string, r *sourceReader) (*Writer, error) {
	buf, ok := a.artifacts.tryGet()
	if !ok {
		r.Close()
		var err error
		if buf, err = a.artifacts.get(ctx); err != nil {
			return nil, fmt.Errorf("waiting for a buffer: %w", err)
		}
	}
	return a.writerWith(ctx, name, a.artifacts, buf), nil
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

// copySize returns how many bytes of an artifact to copy at a time. It is at most the
// artifact's length, because most artifacts are small. length is -1 if it is unknown.
func copySize(length int64) int64 {
	const most = 32 << 10
	if length < 0 {
		return most
	}
	return min(max(length, 1), most) // io.CopyBuffer refuses an empty buffer
}

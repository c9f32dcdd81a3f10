package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"

	"azureml-dsr/internal/dsr"
)

// maxBlocks is how many blocks a blob may have.
const maxBlocks = 50_000

var errWriterClosed = errors.New("the writer is closed")

// Writer streams a create-only blob. It hashes the bytes and stages a block whenever its
// buffer is full. A blob that fits the buffer is created with one call. A Writer is not safe
// for concurrent use.
type Writer struct {
	a    *Archive
	ctx  context.Context
	name string
	pool *buffers
	buf  *[]byte // nil once the writer is closed
	// id returns the id of the block in the buffer, once sum has hashed all of it.
	id     func(number int) (BlockID, error)
	sum    hash.Hash
	size   int64
	blocks []BlockID
	staged int // blocks that this writer staged
	kept   int // those among them after which a later writer can continue
	stale  int // blocks that earlier writers staged of another version of the source
	err    error
}

// NewWriter begins a blob. ctx bounds everything that the writer does. NewWriter waits for a
// free buffer, so a caller that holds a writer of parts must not wait for a second one. The
// caller must call Commit or Abort.
func (a *Archive) NewWriter(ctx context.Context, name string) (*Writer, error) {
	return a.newWriter(ctx, name, a.parts)
}

func (a *Archive) newWriter(ctx context.Context, name string, pool *buffers) (*Writer, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	buf, err := pool.get(ctx)
	if err != nil {
		return nil, fmt.Errorf("waiting for a buffer: %w", err)
	}
	return a.writerWith(ctx, name, pool, buf), nil
}

func (a *Archive) writerWith(ctx context.Context, name string, pool *buffers, buf *[]byte) *Writer {
	id := newWriterID()
	return &Writer{
		a:    a,
		ctx:  ctx,
		name: name,
		pool: pool,
		buf:  buf,
		sum:  sha256.New(),
		id:   func(number int) (BlockID, error) { return id.block(number), nil },
	}
}

// checkName is CheckName with a permanent error, because no later try can succeed.
func checkName(name string) error {
	if err := CheckName(name); err != nil {
		return &dsr.Error{
			Class:   dsr.Permanent,
			Reason:  dsr.ReasonRefused,
			Message: "no blob can have the name: " + err.Error(),
		}
	}
	return nil
}

// next begins another blob with the buffer of a committed one.
func (w *Writer) next(name string) (*Writer, error) {
	if err := checkName(name); err != nil {
		return nil, w.fail(err)
	}
	buf := w.buf
	w.buf, *buf = nil, (*buf)[:0]
	return w.a.writerWith(w.ctx, name, w.pool, buf), nil
}

// Size returns how many bytes were written so far.
func (w *Writer) Size() int64 { return w.size }

// Write implements io.Writer. After an error every call fails with it.
func (w *Writer) Write(p []byte) (int, error) {
	if err := w.usable(); err != nil {
		return 0, err
	}

	done := 0
	for done < len(p) {
		if len(*w.buf) == w.pool.size {
			if err := w.stage(); err != nil {
				return done, err
			}
		}

		n := min(len(p)-done, w.pool.size-len(*w.buf))
		w.pool.grow(w.buf, n)
		*w.buf = append(*w.buf, p[done:done+n]...)
		w.sum.Write(p[done : done+n])
		w.size += int64(n)
		done += n
	}

	return done, nil
}

func (w *Writer) usable() error {
	if w.err != nil {
		return w.err
	}
	if w.buf == nil {
		return errWriterClosed
	}
	return nil
}

// stage stages the buffer as a block. Only a block that the store accepted counts.
func (w *Writer) stage() error {
	if len(w.blocks) == maxBlocks {
		return w.fail(dsr.Errorf(dsr.Permanent, dsr.ReasonRefused,
			"what is stored is longer than the %d bytes that a blob holds in blocks of %d", maxBlocks*int64(w.pool.size), w.pool.size))
	}
	id, err := w.id(len(w.blocks))
	if err != nil {
		return w.fail(err)
	}
	if err := w.a.backend.Stage(w.ctx, w.name, id, *w.buf); err != nil {
		return w.fail(err)
	}

	w.blocks = append(w.blocks, id)
	w.staged++
	if isResumable(id) {
		w.kept++
	}
	*w.buf = (*w.buf)[:0]
	return nil
}

// fail closes the writer with an error and returns it.
func (w *Writer) fail(err error) error {
	w.err = fmt.Errorf("writing a blob: %w", err)
	w.release()
	return w.err
}

func (w *Writer) release() {
	if w.buf != nil {
		w.pool.put(w.buf)
		w.buf = nil
	}
}

// Commit creates the blob with the metadata sha256 added, and returns the stored blob's Info.
// If a concurrent delivery was first, that is its blob. Commit closes the writer even if it
// fails.
func (w *Writer) Commit(meta map[string]string) (Info, error) {
	defer w.release()
	return w.commit(meta)
}

// commit creates the blob. The writer keeps its buffer unless that fails.
func (w *Writer) commit(meta map[string]string) (Info, error) {
	if err := w.usable(); err != nil {
		return Info{}, err
	}
	meta, err := withHash(meta, hex.EncodeToString(w.sum.Sum(nil)))
	if err != nil {
		return Info{}, w.fail(err)
	}
	if len(w.blocks) == 0 {
		return w.finish(w.a.create(w.ctx, w.name, *w.buf, meta))
	}

	if len(*w.buf) > 0 {
		if err := w.stage(); err != nil {
			return Info{}, err
		}
	}

	return w.finish(w.a.commit(w.ctx, w.name, w.blocks, w.size, meta))
}

func (w *Writer) finish(info Info, err error) (Info, error) {
	if err != nil {
		return Info{}, w.fail(err)
	}
	return info, nil
}

// Abort closes the writer without creating a blob. After Commit it does nothing. Staged
// blocks expire by themselves.
func (w *Writer) Abort() { w.release() }

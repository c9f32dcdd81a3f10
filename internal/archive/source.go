package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"azureml-dsr/internal/dsr"
)

// Source provides the bytes of an artifact.
type Source interface {
	// Open reads length bytes from offset; a length of -1 means up to the end. If ifMatch
	// is set and the source has changed, it fails with a *dsr.Error of status 412. Other
	// errors should be classified; one without a class counts as transient.
	Open(ctx context.Context, offset, length int64, ifMatch string) (*Stream, error)
}

// Stream is an open Source.
type Stream struct {
	Body io.ReadCloser
	// Length is the length of the whole source, not of the body; -1 if it is unknown.
	Length int64
	// ETag is the source's ETag if it is a strong one, or "".
	ETag string
}

// maxFruitless is how many requests in a row may fail without a byte before reading ends.
const maxFruitless = 3

// sourceReader reads a source to its end, with one request after another. It opens the
// source again where the last range ended, or where a body broke off. Both need a strong
// ETag.
type sourceReader struct {
	ctx       context.Context
	src       Source
	length    int64 // -1 if unknown
	etag      string
	rng       int64
	offset    int64
	end       int64 // where reading of the open body ends; -1 is the end of the body
	body      io.ReadCloser
	fruitless int // failures in a row without a byte
}

// openSource sends the first request. It asks for the whole source, because its length is
// unknown yet. If the source is long, the body is read only to the end of the first range.
func openSource(ctx context.Context, src Source, rng int64) (*sourceReader, error) {
	first, err := src.Open(ctx, 0, -1, "")
	if err != nil {
		return nil, sourceError(ctx, err)
	}
	r := &sourceReader{
		ctx:    ctx,
		src:    src,
		length: first.Length,
		etag:   first.ETag,
		rng:    rng,
		body:   first.Body,
		end:    first.Length,
	}
	if r.long() {
		r.end = rng
	}
	return r, nil
}

// long reports whether the source is copied range by range and can be resumed.
func (r *sourceReader) long() bool { return r.length > r.rng && r.etag != "" }

// seek continues at another offset. It costs a request only if that is read.
func (r *sourceReader) seek(offset int64) {
	if offset != r.offset {
		r.Close()
		r.offset = offset
	}
}

// errChanged means that the bytes read so far are useless. A later try starts over.
var errChanged = errors.New("the artifact changed while it was copied")

// Close closes the open body.
func (r *sourceReader) Close() {
	if r.body != nil {
		_ = r.body.Close() // nothing more is read from it
		r.body = nil
	}
}

// Read implements io.Reader.
func (r *sourceReader) Read(p []byte) (int, error) {
	for {
		if r.length >= 0 && r.offset == r.length {
			return 0, io.EOF
		}

		err := r.open()
		if err == nil {
			var n int
			n, err = r.read(p)
			if n > 0 || errors.Is(err, io.EOF) {
				return n, err
			}
		}
		if err := r.mayRetry(err); err != nil {
			return 0, err
		}
	}
}

// read reads from the open body. A nil error without a byte means that the body is used up
// and the next one must be opened.
func (r *sourceReader) read(p []byte) (int, error) {
	if r.end >= 0 {
		p = p[:min(int64(len(p)), r.end-r.offset)]
	}

	n, err := r.body.Read(p)
	r.offset += int64(n)
	if n > 0 {
		r.fruitless = 0
	}

	switch {
	case r.end >= 0 && r.offset == r.end:
		r.Close()
		return n, nil
	case err == io.EOF && r.length < 0:
		return n, io.EOF
	case err == io.EOF:
		err = io.ErrUnexpectedEOF
	}

	if err != nil {
		r.Close()
	}
	if n == 0 {
		return 0, err
	}
	if err != nil && r.etag == "" {
		return 0, sourceError(r.ctx, err) // without an ETag it can't be resumed
	}
	return n, nil // the next call opens the source again
}

// mayRetry returns nil if the source may be opened again, or the error that ends reading.
func (r *sourceReader) mayRetry(err error) error {
	if err == nil {
		return nil
	}
	r.fruitless++
	if r.ctx.Err() != nil || r.etag == "" || r.fruitless >= maxFruitless || !isTransient(err) {
		return sourceError(r.ctx, err)
	}
	return nil
}

// isTransient reports whether to try again at once. A source that asks for a pause, or that
// refuses, is not asked again.
func isTransient(err error) bool {
	class := dsr.ClassOf(err)
	return (class == dsr.Transient || class == dsr.Unclear) && !errors.Is(err, errChanged)
}

// open makes sure that a body is open at the offset.
func (r *sourceReader) open() error {
	if r.body != nil {
		return nil
	}

	length := int64(-1)
	r.end = r.length
	if r.long() {
		length = min(r.rng, r.length-r.offset)
		r.end = r.offset + length
	}

	s, err := r.src.Open(r.ctx, r.offset, length, r.etag)
	if dsr.StatusOf(err) == http.StatusPreconditionFailed {
		return errChanged
	}
	if err != nil {
		return err
	}

	if r.length < 0 { // a later answer may have the length that the first one lacked
		r.length, r.end = s.Length, s.Length
	}

	if s.ETag != r.etag || s.Length != r.length {
		_ = s.Body.Close()
		return errChanged
	}

	r.body = s.Body
	return nil
}

// sourceError classifies an error of a source, unless it has a class or the context ended.
func sourceError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("reading an artifact: %w", ctx.Err())
	}
	if _, ok := errors.AsType[*dsr.Error](err); ok {
		return fmt.Errorf("reading an artifact: %w", err)
	}
	message := "an artifact's bytes broke off"
	if errors.Is(err, errChanged) {
		message = errChanged.Error()
	}
	return &dsr.Error{
		Class:   dsr.Transient,
		Reason:  dsr.ReasonTransient,
		Message: message,
		Err:     networkCause(err),
	}
}

package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"azureml-dsr/internal/dsr"
)

// Source is where an artifact's bytes come from.
type Source interface {
	// Open reads length bytes from offset, -1 to the end. With an ifMatch it
	// fails with a *dsr.Error of status 412 when the source has changed. Other
	// errors should carry a class; one without counts as transient.
	Open(ctx context.Context, offset, length int64, ifMatch string) (*Stream, error)
}

// Stream is what a Source has opened.
type Stream struct {
	Body io.ReadCloser
	// Length of the whole source, not of the body; -1 unknown.
	Length int64
	// ETag is a strong one, or empty.
	ETag string
}

// maxFruitless is how often in a row a source may fail without a byte between.
const maxFruitless = 3

// sourceReader reads a source to its end, one request after another: a source
// of more than one range, and one whose body breaks and that has a strong ETag,
// is opened again where it stopped.
type sourceReader struct {
	ctx       context.Context
	src       Source
	length    int64 // -1 unknown
	etag      string
	rng       int64
	offset    int64
	end       int64 // of the open body as far as we read it; -1 to the end
	body      io.ReadCloser
	fruitless int
}

// openSource sends the first request. The body of a longer source is read up to
// the first range's end.
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

// seek goes on at another offset. It costs a request only when that is read.
func (r *sourceReader) seek(offset int64) {
	if offset != r.offset {
		r.Close()
		r.offset = offset
	}
}

// errChanged: the bytes so far are of no use, and a later try begins again.
var errChanged = errors.New("the artifact changed while it was copied")

// Close drops the open body.
func (r *sourceReader) Close() {
	if r.body != nil {
		_ = r.body.Close() // nothing of it is used any more
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

// read takes what the body gives. A nil error without a byte means that this
// body is used up and the next is to be opened.
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

	if n > 0 {
		if err != nil && r.etag == "" {
			return 0, sourceError(r.ctx, err) // it can't be gone on with
		}
		return n, nil
	}

	return 0, err
}

// mayRetry returns the error when the reading must end.
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

// isTransient: a source that asks for a pause is not asked again, nor one that refuses.
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

	if r.length < 0 { // a range's answer may tell what the first one didn't
		r.length, r.end = s.Length, s.Length
	}

	if s.ETag != r.etag || s.Length != r.length {
		_ = s.Body.Close()
		return errChanged
	}

	r.body = s.Body

	return nil
}

// sourceError returns a source's error a class.
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

package archive_test

import (
	"context"
	"io"

	"azureml-dsr/internal/archive"
)

// opensBroken is a backend that returns the same body for each blob.
type opensBroken struct {
	archive.Backend
	body *brokenBody
}

// Open implements archive.Backend.
func (o opensBroken) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, archive.Info, error) {
	_, info, err := o.Backend.Open(ctx, name, offset)
	return o.body, info, err
}

type brokenBody struct {
	r      io.Reader
	closed bool
}

// Read implements io.Reader.
func (b *brokenBody) Read(p []byte) (int, error) { return b.r.Read(p) }

// Close implements io.Closer.
func (b *brokenBody) Close() error {
	b.closed = true
	return nil
}

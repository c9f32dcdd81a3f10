package azureml

import (
	"context"

	"azureml-dsr/internal/upstream"
)

// Content is a stretch of an artifact's bytes. Its Body must be closed. Reading it fails
// with the errors of an Answer's.
type Content = upstream.Content

// OpenContent reads a stretch of the bytes that a signed link leads to: see
// upstream.Client.OpenContent.
func (c *Client) OpenContent(ctx context.Context, contentURI string, offset, length int64, ifMatch string) (*Content, error) {
	return c.upstream.OpenContent(ctx, contentURI, offset, length, ifMatch)
}

// WithWork marks the calls on a context as one piece of work, until end is called: see
// upstream.WithWork.
func WithWork(ctx context.Context) (_ context.Context, end func()) { return upstream.WithWork(ctx) }

package export

import (
	"context"
	"io"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
)

// leaves reports whether a document is left out: it neither concerns the subject nor hangs on
// what does.
func (c *chunk) leaves(ctx context.Context, call azureml.Call, doc []byte, result document.Result) (bool, error) {
	if c.sieve == nil || found(result) || azureml.OwnerOf(call.Operation, doc, c.subject) != dsr.OwnerUnknown {
		return false, nil
	}
	hangs, err := c.kin.hangs(ctx, call.Operation, call.Item)
	return !hangs, err
}

// leave adds the entry of a document that was looked through and is left out.
func (c *chunk) leave(e dsr.Entry) error {
	e.Left = 1
	return c.draft.add(e, nil)
}

// sift takes what does not concern the subject out of a held answer of a list, and returns
// how many elements that are.
func (h *holding) sift(ctx context.Context, s *sieve, k *kin, call azureml.Call) (left int, err error) {
	if s == nil {
		return 0, nil
	}
	if hangs, err := k.hangs(ctx, call.Operation, call.Item); err != nil || hangs {
		return 0, err
	}
	if err := h.take(ctx, len(h.bytes)-unaccounted); err != nil {
		return 0, err
	}
	h.bytes, left, err = s.page(call.Operation, h.bytes)
	return left, err
}

// siftLong looks through a document that is too long to hold for the subject's names, by
// which a document also says whose it is. It returns the document to be stored, which is
// asked for once more if it was looked through, or that it is left out.
func (c *chunk) siftLong(ctx context.Context, call azureml.Call, doc io.Reader) (stored io.ReadCloser, left bool, err error) {
	if c.sieve == nil {
		return io.NopCloser(doc), false, nil
	}
	if hangs, err := c.kin.hangs(ctx, call.Operation, call.Item); err != nil || hangs {
		return io.NopCloser(doc), false, err
	}

	result, err := document.Copy(io.Discard, doc, c.options(call.Operation))
	if err != nil || !found(result) {
		return nil, true, broken(err)
	}
	answer, err := c.worker.upstream.Get(ctx, call)
	if err != nil {
		return nil, false, err
	}
	return answer.Body, false, nil
}

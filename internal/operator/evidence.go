package operator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/verify"
)

var _ verify.Evidence = archiveEvidence{}

// archiveEvidence presents the blobs of the two containers as one tree.
type archiveEvidence struct{ audit, exports archive.Backend }

func (o *Operator) evidence() archiveEvidence {
	return archiveEvidence{audit: o.audit.Backend(), exports: o.exports.Backend()}
}

// home returns the container that stores blobs of a name.
func (e archiveEvidence) home(name string) archive.Backend {
	id, rest, _ := strings.Cut(name, "/")
	_, rest, _ = strings.Cut(rest, "/")
	if name == dsr.SubjectBlob(id) || name == dsr.CopyBlob(id) || strings.HasPrefix(rest, "data/") {
		return e.exports
	}
	return e.audit
}

// Open implements verify.Evidence.
func (e archiveEvidence) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	body, _, err := e.home(name).Open(ctx, name, 0)
	if errors.Is(err, archive.ErrNotFound) {
		return nil, verify.ErrNotFound
	}
	return body, err
}

// List implements verify.Evidence.
func (e archiveEvidence) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for b, err := range e.blobs(ctx, prefix) {
			if !yield(b.info.Name, err) || err != nil {
				return
			}
		}
	}
}

// heldBlob is a blob and the container that holds it.
type heldBlob struct {
	info archive.Info
	in   archive.Backend
}

// blobs merges the listings of the two containers, in order of name.
func (e archiveEvidence) blobs(ctx context.Context, prefix string) iter.Seq2[heldBlob, error] {
	return func(yield func(heldBlob, error) bool) {
		var heads [2]listingHead
		for i, backend := range []archive.Backend{e.audit, e.exports} {
			next, stop := iter.Pull2(backend.List(ctx, prefix, ""))
			defer stop()
			heads[i] = listingHead{backend: backend, next: next}
			heads[i].advance()
		}

		for heads[0].more || heads[1].more {
			h := &heads[0]
			if !h.more || (heads[1].more && heads[1].info.Name < h.info.Name) {
				h = &heads[1]
			}
			if h.err != nil {
				yield(heldBlob{}, fmt.Errorf("listing blobs: %w", h.err))
				return
			}
			if !yield(heldBlob{h.info, h.backend}, nil) {
				return
			}

			h.advance()
		}
	}
}

// listingHead is a listing and its next element.
type listingHead struct {
	backend archive.Backend
	next    func() (archive.Info, error, bool)
	info    archive.Info
	err     error
	more    bool
}

func (h *listingHead) advance() { h.info, h.err, h.more = h.next() }

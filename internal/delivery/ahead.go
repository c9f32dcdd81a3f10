package delivery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

const (
	// partsAhead is how many parts are read before they are needed, and maxAhead the longest
	// of them. A longer part is streamed when its turn comes.
	partsAhead = 8
	maxAhead   = 1 << 20
)

// aheadPart is a part that may have been read already.
type aheadPart struct {
	ctx     context.Context
	exports *archive.Archive
	ref     partRef

	read chan struct{} // closed once body or err is set; nil for a part that is streamed
	body []byte
	err  error
}

// readAhead yields parts in order, and reads the next ones meanwhile.
func readAhead(ctx context.Context, exports *archive.Archive, parts iter.Seq2[partRef, error]) iter.Seq2[*aheadPart, error] {
	return func(yield func(*aheadPart, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var readers sync.WaitGroup
		defer readers.Wait()
		defer cancel()

		begun := make(chan *aheadPart, partsAhead)
		readers.Go(func() {
			defer close(begun)
			for ref, err := range parts {
				p := &aheadPart{
					ctx:     ctx,
					exports: exports,
					ref:     ref,
					err:     err,
				}
				if err == nil && ref.Size <= maxAhead {
					p.read = make(chan struct{})
					readers.Go(p.fetch)
				}
				select {
				case begun <- p:
				case <-ctx.Done():
					return
				}
				if err != nil {
					return
				}
			}
		})

		for p := range begun {
			if !yield(p, p.begin()) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(nil, err)
		}
	}
}

// begin waits for a part that is read ahead, and returns why there is none.
func (p *aheadPart) begin() error {
	if p.read == nil {
		return p.err
	}
	select {
	case <-p.read:
		return p.err
	case <-p.ctx.Done():
		return p.ctx.Err()
	}
}

// fetch reads the whole part.
func (p *aheadPart) fetch() {
	defer close(p.read)
	p.err = dsr.Guard(func() (err error) {
		r, err := p.stream()
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, r.Close()) }()
		p.body, err = io.ReadAll(io.LimitReader(r, maxAhead+1))
		return err
	})()
}

// open opens the part.
func (p *aheadPart) open() (io.ReadCloser, error) {
	if p.read == nil {
		return p.stream()
	}
	return io.NopCloser(bytes.NewReader(p.body)), nil
}

func (p *aheadPart) stream() (io.ReadCloser, error) {
	r, _, err := p.exports.Backend().Open(p.ctx, p.ref.Name, 0)
	if errors.Is(err, archive.ErrNotFound) {
		return nil, damaged("a part of the archive is missing")
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", p.ref.Name, err)
	}
	return r, nil
}

package personcopy

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"azureml-dsr/internal/dsr"
)

const (
	// partsAhead is how many parts are read before their turn. Storage takes longer to answer
	// than a part takes to be looked through.
	partsAhead = 8
	// longestAhead is the size in bytes of the longest part that is read before its turn. A
	// longer one is streamed.
	longestAhead = 1 << 20
)

// storedPart is a part of an archive, and where its documents are from.
type storedPart struct {
	of     dsr.Attempt
	ref    dsr.PartRef
	target string
}

// name names the part within its request.
func (p storedPart) name() string {
	return strings.TrimPrefix(p.of.Prefix()+p.ref.Name, p.of.RequestID+"/")
}

// ahead reads parts before their turn. They come out in the order in which they were added.
type ahead struct {
	archived
	cancel  context.CancelFunc
	running sync.WaitGroup
	waiting []pending
}

// pending is a part that is being read. body is nil for one that is opened in its turn.
type pending struct {
	storedPart
	body <-chan fetched
}

// fetched is what was read of a part.
type fetched struct {
	body []byte
	err  error
}

// newAhead returns a reader that reads nothing any more once it is closed.
func newAhead(ctx context.Context, a archived) (context.Context, *ahead) {
	ctx, cancel := context.WithCancel(ctx)
	return ctx, &ahead{archived: a, cancel: cancel}
}

// close ends what is being read, and waits for it.
func (h *ahead) close() {
	h.cancel()
	h.running.Wait()
}

// add begins to read a part.
func (h *ahead) add(ctx context.Context, p storedPart) {
	if p.ref.Size > longestAhead {
		h.waiting = append(h.waiting, pending{storedPart: p})
		return
	}

	done := make(chan fetched, 1)
	h.waiting = append(h.waiting, pending{p, done})
	h.running.Go(func() {
		var out fetched
		out.err = dsr.Guard(func() (err error) {
			out.body, err = h.fetch(ctx, p)
			return err
		})()
		done <- out
	})
}

// fetch reads a part as a whole. One that is longer than its manifest says is not held.
func (h *ahead) fetch(ctx context.Context, p storedPart) ([]byte, error) {
	body, err := h.open(ctx, p)
	if err != nil {
		return nil, err
	}
	defer body.Close()

	name := p.of.Prefix() + p.ref.Name
	all, err := io.ReadAll(io.LimitReader(body, p.ref.Size+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading %s: %w", name, err)
	case int64(len(all)) > p.ref.Size:
		return nil, fmt.Errorf("%w: %s", ErrDamaged, name)
	}
	return all, nil
}

// isFull reports whether the first part should be taken before another one is added.
func (h *ahead) isFull() bool { return len(h.waiting) >= partsAhead }

// take returns the part that was added first, and what reads it. There must be one.
func (h *ahead) take(ctx context.Context) (storedPart, io.ReadCloser, error) {
	first := h.waiting[0]
	h.waiting = h.waiting[1:]
	if first.body == nil {
		body, err := h.open(ctx, first.storedPart)
		return first.storedPart, body, err
	}

	got := <-first.body
	return first.storedPart, io.NopCloser(bytes.NewReader(got.body)), got.err
}

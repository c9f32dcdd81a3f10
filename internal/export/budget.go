package export

import (
	"context"
	"errors"
	"io"
	"sync"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/document"
)

const (
	// unaccounted is how many bytes of each answer are held without being counted.
	unaccounted = 32 << 10
	// firstRead is the size of the buffer that an answer is first read into.
	firstRead = 4 << 10
	// reserve is how many bytes the longest answer takes, with the copy that is made of
	// it.
	reserve = 2 * heldPage
	// ordinary is how many bytes all answers may take before the reserve is used.
	ordinary = 8 << 20
)

// budget bounds how many bytes of answers a process holds at a time. An answer takes
// more as it turns out to be longer. When the ordinary room is used up, one answer may
// use the reserve, which is large enough for any, and the others wait. So one can
// always go on, whatever each of them holds.
type budget struct {
	mu       sync.Mutex
	free     int
	reserved *holding      // the one that uses the reserve
	changed  chan struct{} // closed when room was given back
}

func newBudget() *budget { return &budget{free: ordinary, changed: make(chan struct{})} }

// held returns how many bytes are taken.
func (m *budget) held() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := ordinary - m.free
	if m.reserved != nil {
		n += m.reserved.beyond
	}
	return n
}

// holding is the room that one answer takes. While it has some, its owner must not wait
// for anything that another answer must be read for.
type holding struct {
	m      *budget
	bytes  []byte
	length int64 // that the answer says it has; -1 where it doesn't
	taken  int   // of the ordinary room
	beyond int   // of the reserve
}

// answer is read, but of an answer that is in memory it makes no copy.
func (m *budget) answer(ctx context.Context, a *azureml.Answer, limit int) (*holding, error) {
	if a.Held == nil || len(a.Held) >= limit {
		return m.read(ctx, a.Body, a.Length, limit)
	}
	h := &holding{m: m, bytes: a.Held, length: int64(len(a.Held))}
	return h, h.take(ctx, len(a.Held)-unaccounted)
}

// read holds an answer up to a limit; one that reaches it is longer. length is how
// long the answer says it is, -1 where it doesn't. release must follow, also where
// reading fails.
func (m *budget) read(ctx context.Context, body io.Reader, length int64, limit int) (*holding, error) {
	first := firstRead
	if length >= 0 {
		first = int(min(length, unaccounted-1)) + 1 // one more byte, to see its end
	}

	h := &holding{m: m, bytes: make([]byte, 0, min(first, limit)), length: length}
	for {
		n, err := body.Read(h.bytes[len(h.bytes):cap(h.bytes)])
		h.bytes = h.bytes[:len(h.bytes)+n]
		if errors.Is(err, io.EOF) || (err == nil && len(h.bytes) == limit) {
			return h, nil
		}

		if err == nil && len(h.bytes) == cap(h.bytes) {
			err = h.grow(ctx, limit)
		}
		if err != nil {
			return h, err
		}
	}
}

// grow makes room for the length that the answer says it has, or for twice what was
// read where it says less or nothing.
func (h *holding) grow(ctx context.Context, limit int) error {
	size := min(max(2*cap(h.bytes), int(min(h.length, int64(limit)))+1), limit)
	if err := h.take(ctx, size-max(cap(h.bytes), unaccounted)); err != nil {
		return err
	}
	h.bytes = append(make([]byte, 0, size), h.bytes...)
	return nil
}

// copy returns a copy of the document that is held.
func (h *holding) copy(ctx context.Context, options document.Options) ([]byte, document.Result, error) {
	if err := h.take(ctx, len(h.bytes)-unaccounted); err != nil {
		return nil, document.Result{}, err
	}
	return document.CopyHeld(h.bytes, options)
}

// take waits for room.
func (h *holding) take(ctx context.Context, n int) error {
	for n > 0 {
		changed := h.tryTake(n)
		if changed == nil {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// tryTake takes room, or returns what is closed when there may be some.
func (h *holding) tryTake(n int) (changed <-chan struct{}) {
	m := h.m
	m.mu.Lock()
	defer m.mu.Unlock()

	switch {
	case m.reserved != h && m.free >= n:
		m.free -= n
		h.taken += n
	case m.reserved == nil || m.reserved == h:
		m.reserved = h
		h.beyond += n
	default:
		return m.changed
	}

	return nil
}

// release returns all room back. The bytes may not be used afterwards.
func (h *holding) release() {
	m := h.m
	m.mu.Lock()
	defer m.mu.Unlock()

	h.bytes = nil
	if h.taken == 0 && m.reserved != h {
		return
	}

	m.free += h.taken
	if m.reserved == h {
		m.reserved = nil
	}

	h.taken, h.beyond = 0, 0
	close(m.changed)
	m.changed = make(chan struct{})
}

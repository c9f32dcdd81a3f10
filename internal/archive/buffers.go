package archive

import (
	"context"
	"sync"
)

// buffers is a pool of block buffers. A buffer grows as it is filled, up to size bytes. The
// number of buffers in use is bounded.
type buffers struct {
	size  int
	slots chan struct{}
	free  sync.Pool
}

func newBuffers(n, size int) *buffers {
	return &buffers{
		size:  size,
		slots: make(chan struct{}, n),
		free:  sync.Pool{New: func() any { return new([]byte) }},
	}
}

// get returns an empty buffer and waits until one is free.
func (b *buffers) get(ctx context.Context) (*[]byte, error) {
	if buf, free := b.tryGet(); free {
		return buf, nil
	}
	select {
	case b.slots <- struct{}{}:
		return b.free.Get().(*[]byte), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// tryGet returns an empty buffer if one is free.
func (b *buffers) tryGet() (buf *[]byte, free bool) {
	select {
	case b.slots <- struct{}{}:
		return b.free.Get().(*[]byte), true
	default:
		return nil, false
	}
}

// grow makes room for n more bytes, which must fit the buffer's size. It doubles the
// buffer, because most blobs are small.
func (b *buffers) grow(buf *[]byte, n int) {
	old := *buf
	if cap(old)-len(old) >= n {
		return
	}
	grown := make([]byte, len(old), min(max(2*cap(old), len(old)+n), b.size))
	copy(grown, old)
	*buf = grown
}

func (b *buffers) put(buf *[]byte) {
	*buf = (*buf)[:0]
	b.free.Put(buf)
	<-b.slots
}

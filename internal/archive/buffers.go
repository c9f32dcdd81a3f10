package archive

import (
	"context"
	"sync"
)

// buffers lends block buffers of one size and bounds how many are lent at a time.
type buffers struct {
	slots chan struct{}
	free  sync.Pool
}

func newBuffers(n, size int) *buffers {
	return &buffers{
		slots: make(chan struct{}, n),
		free: sync.Pool{New: func() any {
			b := make([]byte, 0, size)
			return &b
		}},
	}
}

// get waits for an empty buffer.
func (b *buffers) get(ctx context.Context) (*[]byte, error) {
	select {
	case b.slots <- struct{}{}:
	default:
		select {
		case b.slots <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return b.free.Get().(*[]byte), nil
}

func (b *buffers) put(buf *[]byte) {
	*buf = (*buf)[:0]
	b.free.Put(buf)
	<-b.slots
}

package telemetry

import "sync"

const (
	// maxBuffered bounds the spans that wait for the exporter.
	maxBuffered = 2048
	// enough is how many of them are exported at once, without waiting for the time.
	enough = 512
)

// buffer holds the spans that have ended until they are exported. It never blocks for
// longer than it takes to copy a span.
type buffer struct {
	mu      sync.Mutex
	waiting []data
	spare   []data        // what take has handed out before
	ready   chan struct{} // has a value when there is enough
	lost    int64         // since take
}

func newBuffer() *buffer { return &buffer{ready: make(chan struct{}, 1)} }

// add adds a copy of a span, or counts it as lost.
func (b *buffer) add(s *data) {
	b.mu.Lock()
	defer b.mu.Unlock()

	if len(b.waiting) >= maxBuffered {
		b.lost++
		return
	}
	b.waiting = append(b.waiting, *s)

	if len(b.waiting) >= enough {
		select {
		case b.ready <- struct{}{}:
		default:
		}
	}
}

// take returns the spans that wait, and how many were lost since the call before. The spans
// are the caller's until the next call.
func (b *buffer) take() (waiting []data, lost int64) {
	b.mu.Lock()
	defer b.mu.Unlock()

	waiting, lost = b.waiting, b.lost
	clear(b.spare)
	b.waiting, b.spare, b.lost = b.spare[:0], waiting, 0
	return waiting, lost
}

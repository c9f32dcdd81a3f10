package servicebus

import (
	"time"

	"azureml-dsr/internal/local/servicebus/wire"
)

const (
	// writeTimeout bounds one write: a client that reads nothing for so long is
	// gone.
	writeTimeout = 30 * time.Second
	// minHeartbeat bounds how often a client can make us send signs of life.
	minHeartbeat = 100 * time.Millisecond
	// writeBatch is how many bytes of waiting frames are written at once.
	writeBatch = 64 * 1024
)

// read hands on frames until the client is gone or silent for too long.
func (c *conn) read(stop <-chan struct{}) {
	defer close(c.in)
	for {
		if err := c.net.SetReadDeadline(time.Now().Add(idleTimeout)); err != nil {
			return
		}
		f, err := wire.ReadFrame(c.reader, maxFrameSize)
		if err != nil {
			return
		}
		select {
		case c.in <- f:
		case <-stop:
			return
		}
	}
}

// write writes frames, several at once if they wait, until out is closed or the
// client can't be written to. At a third of the silence that the client bears
// it sends an empty frame.
func (c *conn) write() {
	defer close(c.written)
	var beat <-chan time.Time
	if c.peerIdle > 0 {
		ticker := time.NewTicker(max(c.peerIdle/3, minHeartbeat))
		defer ticker.Stop()
		beat = ticker.C
	}
	for {
		var b []byte
		select {
		case frame, ok := <-c.out:
			if !ok {
				return
			}
			b = c.gather(frame)
		case <-beat:
			b = wire.AppendFrame(nil, wire.FrameAMQP, 0, nil, nil)
		}
		if err := c.net.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
			return
		}
		if _, err := c.net.Write(b); err != nil {
			return
		}
	}
}

// gather adds frames that wait already.
func (c *conn) gather(b []byte) []byte {
	for len(b) < writeBatch {
		select {
		case frame, ok := <-c.out:
			if !ok {
				return b
			}
			b = append(b, frame...)
		default:
			return b
		}
	}
	return b
}

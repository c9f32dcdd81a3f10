package servicebus

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"azureml-dsr/test/emulator/servicebus/wire"
)

const (
	// writeTimeout bounds one write: a client that reads nothing for so long is
	// gone.
	writeTimeout = 30 * time.Second
	// minHeartbeat bounds how often a client can make us send heartbeats.
	minHeartbeat = 100 * time.Millisecond
	// writeBatch is how many bytes of frames are collected at most before they
	// are written.
	writeBatch = 64 * 1024
)

// errDropped says that a fault cut the connection.
var errDropped = errors.New("a fault dropped the connection")

// read returns the next frame, unless the client is gone or silent for too long.
// The frame is valid until the next call.
func (c *conn) read() (wire.Frame, error) {
	if err := c.net.SetReadDeadline(time.Now().Add(idleTimeout)); err != nil {
		return wire.Frame{}, err
	}
	return wire.ReadFrame(c.reader, maxFrameSize, &c.buf)
}

// frameWaits reports whether a whole frame has been read from the socket
// already, so that answering it won't take long.
func (c *conn) frameWaits() bool {
	const sizeBytes = 4
	n := c.reader.Buffered()
	if n < sizeBytes {
		return false
	}
	b, err := c.reader.Peek(sizeBytes)
	return err == nil && uint64(binary.BigEndian.Uint32(b)) <= uint64(n)
}

// send adds a frame to those that are to be written. Once the connection is
// broken it is dropped.
func (c *conn) send(channel uint16, p wire.Performative, payload []byte) {
	if c.broken != nil {
		return
	}
	c.out = wire.AppendFrame(c.out, wire.FrameAMQP, channel, p, payload)
	if len(c.out) >= writeBatch {
		c.flush()
	}
}

// flush writes the frames that send collected. It assumes that the client reads
// while it writes, as all known clients do.
func (c *conn) flush() {
	if len(c.out) == 0 || c.broken != nil {
		return
	}

	err := c.net.SetWriteDeadline(time.Now().Add(writeTimeout))
	if err == nil {
		_, err = c.net.Write(c.out)
	}
	if err != nil {
		c.broken = fmt.Errorf("the client can't be written to: %w", err)
	}
	if c.out = c.out[:0]; cap(c.out) > 2*writeBatch {
		c.out = nil
	}
}

// drop ends the connection after what was sent so far.
func (c *conn) drop() {
	c.flush()
	if c.broken == nil {
		c.broken = errDropped
	}
}

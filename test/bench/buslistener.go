package main

import (
	"encoding/binary"
	"net"
	"sync/atomic"

	"azureml-dsr/test/emulator/servicebus/wire"
)

// countingListener counts the requests that come in by its connections.
type countingListener struct {
	net.Listener
	requests *atomic.Int64
}

// Accept implements net.Listener.
func (l countingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &countingConn{Conn: c, count: frameCounter{requests: l.requests}}, nil
}

// countingConn counts in the bytes that the broker reads.
type countingConn struct {
	net.Conn
	count frameCounter
}

// Read implements net.Conn.
func (c *countingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.count.see(p[:n])
	return n, err
}

// frameCounter counts the deliveries that a client begins: a message or a batch
// of them that it sends, or a request to the management node, such as to settle
// by lock token, to schedule or to renew a lock. What the client only receives,
// and its empty frames that keep a connection alive, are no requests. The claims of
// a connection, a few in all, count too.
type frameCounter struct {
	requests *atomic.Int64
	rest     []byte // the beginning of a frame whose end is still to come
}

// see takes the next bytes: protocol headers and then frames (AMQP 1.0 part 2, 2.2
// and 2.3).
func (c *frameCounter) see(p []byte) {
	const header = 8
	c.rest = append(c.rest, p...)

	for len(c.rest) >= header {
		size := header
		if string(c.rest[:4]) != "AMQP" {
			size = int(binary.BigEndian.Uint32(c.rest))
			if size < header || len(c.rest) < size {
				return
			}
			c.frame(c.rest[:size])
		}

		c.rest = c.rest[size:]
	}
}

// frame counts a transfer that begins a delivery; its continuations carry no
// delivery id.
func (c *frameCounter) frame(f []byte) {
	start := 4 * int(f[4])
	if f[5] != wire.FrameAMQP || start >= len(f) {
		return
	}
	p, err := wire.ParseBody(f[start:])
	if err != nil {
		return // the broker refuses it
	}
	if t, ok := p.(*wire.Transfer); ok && t.DeliveryID != nil {
		c.requests.Add(1)
	}
}

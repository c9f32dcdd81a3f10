// Package legible makes every message that Service Bus delivers decodable by go-amqp, which
// has no char and no decimals and then refuses the whole answer or link. So one message
// with a property of such a type would hide all messages beside it.
package legible

import (
	"encoding/binary"
	"net"
)

const (
	// frameHeader is the length of a frame's header, and of a protocol header.
	frameHeader = 8
	// readSize is how much one read asks the connection for.
	readSize = 64 << 10
	// maxFrame is more than any peer may send: clients announce 64 KiB.
	maxFrame = 1 << 20
	// maxHeld bounds the frames that are held until a message is whole. A longer message
	// passes as it is.
	maxHeld = 8 << 20
)

// Conn returns a connection that changes what is read from c: a message that go-amqp
// can't decode is replaced by one of the same length that it can. A value of an unknown
// type becomes a number or a UUID. Where that is not enough the message keeps its message
// annotations, and the encoded rest becomes its body (see [Replaced]).
func Conn(c net.Conn) net.Conn { return &conn{Conn: c} }

// conn holds back what is not whole yet. Only one goroutine reads from it.
type conn struct {
	net.Conn
	chunk  []byte // of one read
	in     []byte // read and not looked at
	out    []byte // to be passed on
	opaque bool   // the peer does not speak AMQP
	held   held
}

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	for len(c.out) == 0 {
		if c.chunk == nil {
			c.chunk = make([]byte, readSize)
		}
		n, err := c.Conn.Read(c.chunk)
		c.in = append(c.in, c.chunk[:n]...)
		c.look()
		if err != nil && len(c.out) == 0 {
			return 0, err
		}
	}

	n := copy(p, c.out)
	c.out = c.out[n:]
	return n, nil
}

// look passes on what is whole of what was read.
func (c *conn) look() {
	for len(c.in) >= frameHeader && !c.opaque {
		size := frameHeader
		if string(c.in[:4]) != "AMQP" { // a protocol header has no size
			size = int(binary.BigEndian.Uint32(c.in))
		}

		if size < frameHeader || size > maxFrame {
			c.opaque = true
			c.out = append(c.out, c.held.giveUp()...)
			break
		}
		if len(c.in) < size {
			return
		}

		c.out = append(c.out, c.held.frame(c.in[:size:size])...)
		c.in = c.in[size:]
	}

	if c.opaque { // pass on what can't be read
		c.out, c.in = append(c.out, c.in...), nil
	}
}

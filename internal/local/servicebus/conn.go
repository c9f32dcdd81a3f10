package servicebus

import (
	"bufio"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"azureml-dsr/internal/local/servicebus/wire"
)

// conn is a connection. Its fields belong to the goroutine that runs run; the
// reader and the writer speak to it by channels only.
type conn struct {
	srv    *Server
	log    *slog.Logger
	net    net.Conn
	reader *bufio.Reader

	frameLimit int           // the largest frame that may be sent
	channelMax uint16        // the highest channel that may be used
	peerIdle   time.Duration // silence that the client bears; 0 is any

	sessions map[uint16]*session
	partial  int // bytes of messages that have not come in full

	in      chan wire.Frame // closed when no more can be read
	out     chan []byte     // frames to write; closed by run
	written chan struct{}   // closed when the writer has stopped
	wake    chan struct{}   // a queue has something for one of the links
}

func newConn(s *Server, nc net.Conn) *conn {
	return &conn{
		srv: s, log: s.log, net: nc, reader: bufio.NewReader(nc),
		sessions: map[uint16]*session{},
		in:       make(chan wire.Frame),
		out:      make(chan []byte, 64),
		written:  make(chan struct{}),
		wake:     make(chan struct{}, 1),
	}
}

// run serves the connection until it ends, and leaves nothing behind.
func (c *conn) run() error {
	defer func() { _ = c.net.Close() }()
	if err := c.handshake(); err != nil {
		return err
	}
	var helpers sync.WaitGroup
	stop := make(chan struct{})
	helpers.Go(func() { c.read(stop) })
	helpers.Go(c.write)
	err := c.loop()
	for _, s := range c.sessions {
		s.close()
	}
	close(c.out)
	<-c.written
	close(stop)
	_ = c.net.Close() // frees the reader
	helpers.Wait()
	return err
}

// loop handles frames and wake-ups one by one. It returns nil after a close by
// the client.
func (c *conn) loop() error {
	for {
		select {
		case f, ok := <-c.in:
			if !ok {
				return errors.New("the client went away without a close")
			}
			closed, err := c.frame(f)
			if closed {
				c.send(0, &wire.Close{}, nil)
				return nil
			}
			if err != nil {
				return c.fail(err)
			}
		case <-c.wake:
			for _, s := range c.sessions {
				s.pump(true)
			}
		case <-c.written:
			return errors.New("the client can't be written to")
		}
	}
}

// fail tells the client why the connection ends.
func (c *conn) fail(err error) error {
	var ce *connError
	if !errors.As(err, &ce) {
		ce = &connError{fault(condFraming, "the frame can't be understood")}
	}
	c.send(0, &wire.Close{Error: ce.cause}, nil)
	return err
}

// frame handles a frame; closed is true if it was the client's close.
func (c *conn) frame(f wire.Frame) (closed bool, err error) {
	if f.Type != wire.FrameAMQP {
		return false, fmt.Errorf("a frame of type %d came", f.Type)
	}
	if len(f.Body) == 0 {
		return false, nil // a sign of life
	}
	p, err := wire.ParseBody(f.Body)
	if err != nil {
		return false, err
	}
	switch p := p.(type) {
	case *wire.Close:
		return true, nil
	case *wire.Begin:
		return false, c.begin(f.Channel, p)
	case *wire.Open, *wire.Init:
		return false, connFault(condNotAllowed, "the connection is open already")
	}
	s := c.sessions[f.Channel]
	if s == nil {
		return false, connFault(condNotAllowed, "there is no session on this channel")
	}
	return false, s.handle(p)
}

// begin opens a session and answers on the client's own channel number.
func (c *conn) begin(channel uint16, p *wire.Begin) error {
	if channel > c.channelMax {
		return connFault(condNotAllowed, "the channel number is above channel-max")
	}
	if c.sessions[channel] != nil {
		return connFault(condNotAllowed, "there is a session on this channel already")
	}
	c.sessions[channel] = newSession(c, channel, p)
	c.send(channel, &wire.Begin{
		RemoteChannel:  &channel,
		IncomingWindow: sessionWindow,
		OutgoingWindow: sessionWindow,
		HandleMax:      maxHandle,
	}, nil)
	return nil
}

// send hands a frame to the writer. When the writer has stopped it is dropped;
// loop will notice.
func (c *conn) send(channel uint16, p wire.Performative, payload []byte) {
	b := wire.AppendFrame(nil, wire.FrameAMQP, channel, p, payload)
	select {
	case c.out <- b:
	case <-c.written:
	}
}

// ping has loop look at all links. Any goroutine may call it; it never waits.
func (c *conn) ping() {
	select {
	case c.wake <- struct{}{}:
	default: // it will look anyway
	}
}

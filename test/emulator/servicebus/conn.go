package servicebus

import (
	"bufio"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"azureml-dsr/test/emulator/servicebus/wire"
)

// conn is a connection. What follows turn belongs to whoever has the turn: the
// goroutine that reads, for each frame, and the one that attends to what comes
// by itself.
type conn struct {
	srv    *Server
	log    *slog.Logger
	net    net.Conn
	reader *bufio.Reader
	buf    []byte // of the frame that was read last

	frameLimit int           // the largest frame that may be sent
	channelMax uint16        // the highest channel that may be used
	peerIdle   time.Duration // silence that the client tolerates; 0 is any

	wake chan struct{} // a queue has something for one of the links

	// turn is full while somebody has the turn. It is no mutex because waiting
	// for one isn't idleness to testing/synctest.
	turn     chan struct{}
	sessions map[uint16]*session
	held     account
	out      []byte // frames to be written
	broken   error  // why nothing can be written any more
}

func newConn(s *Server, nc net.Conn) *conn {
	const readBuffer = 16 * 1024
	return &conn{
		srv:      s,
		log:      s.log,
		net:      nc,
		reader:   bufio.NewReaderSize(nc, readBuffer),
		sessions: map[uint16]*session{},
		held:     account{bank: &s.memory},
		wake:     make(chan struct{}, 1),
		turn:     make(chan struct{}, 1),
	}
}

// run serves the connection until it ends, and leaves nothing behind.
func (c *conn) run() error {
	defer func() { _ = c.net.Close() }()
	if err := c.handshake(); err != nil {
		return err
	}

	var helper sync.WaitGroup
	stop := make(chan struct{})
	helper.Go(func() { c.attend(stop) })
	err := c.serve()
	_ = c.net.Close() // frees the helper if it is writing
	close(stop)
	helper.Wait()

	for _, s := range c.sessions {
		s.close()
	}

	c.held.close()

	return err
}

// serve handles frames one by one. It returns nil after a close by the client.
func (c *conn) serve() error {
	for {
		f, err := c.read()
		if err != nil {
			return fmt.Errorf("the client went away without a close: %w", err)
		}
		if closed, err := c.handle(f); closed || err != nil {
			return err
		}
	}
}

// handle does what a frame asks, and writes the answers unless more frames wait
// already. closed is true if it was the client's close.
func (c *conn) handle(f wire.Frame) (closed bool, err error) {
	c.turn <- struct{}{}
	defer func() { <-c.turn }()

	closed, err = c.frame(f)
	switch {
	case closed:
		c.send(0, &wire.Close{}, nil)
	case err != nil:
		c.send(0, &wire.Close{Error: reason(err)}, nil)
	case c.frameWaits() && c.broken == nil:
		return false, nil
	}

	c.flush()

	if err == nil {
		err = c.broken
	}

	return closed, err
}

// reason returns the error that a client gets when err ends its connection.
func reason(err error) *wire.Error {
	if ce, ok := errors.AsType[*connError](err); ok {
		return ce.cause
	}
	return fault(condFraming, "the frame can't be understood")
}

// frame handles a frame; closed is true if it was the client's close.
func (c *conn) frame(f wire.Frame) (closed bool, err error) {
	if f.Type != wire.FrameAMQP {
		return false, fmt.Errorf("a frame of type %d came", f.Type)
	}
	if len(f.Body) == 0 {
		return false, nil // a heartbeat
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
	if !c.held.take(sessionCost) {
		return connFault(condResourceLimit, "the connection has too many sessions and links")
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

// attend sends what queues have for the links, and heartbeats at a third of the
// silence that the client tolerates.
func (c *conn) attend(stop <-chan struct{}) {
	var beat <-chan time.Time
	if c.peerIdle > 0 {
		ticker := time.NewTicker(max(c.peerIdle/3, minHeartbeat))
		defer ticker.Stop()
		beat = ticker.C
	}

	for {
		select {
		case <-stop:
			return
		case <-c.wake:
			c.turn <- struct{}{}
			for _, s := range c.sessions {
				s.pumpWoken()
			}

		case <-beat:
			c.turn <- struct{}{}
			c.out = wire.AppendFrame(c.out, wire.FrameAMQP, 0, nil, nil)
		}

		c.flush()
		ended := c.broken != nil
		<-c.turn
		if ended {
			_ = c.net.Close() // frees the reader
			return
		}
	}
}

// ping has attend look at the links. Any goroutine may call it; it never waits.
func (c *conn) ping() {
	select {
	case c.wake <- struct{}{}:
	default: // it will look anyway
	}
}

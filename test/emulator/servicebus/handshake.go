package servicebus

import (
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"azureml-dsr/test/emulator/servicebus/wire"
)

const (
	// maxFrameSize is the largest frame taken or sent, as in Azure.
	maxFrameSize = 65536
	// maxChannel is the highest channel number: 1024 sessions a connection.
	maxChannel = 1023
	// handshakeTimeout bounds everything before the connection is open.
	handshakeTimeout = 30 * time.Second
	// idleTimeout is announced to clients, which send a heartbeat at half of it. A
	// client that is silent for longer is gone.
	idleTimeout = 240 * time.Second
)

// Protocol ids of the header that opens a layer (part 2, 2.2 and part 5, 5.3.2).
const (
	protocolAMQP = 0
	protocolSASL = 3
)

// handshake agrees on protocol, authentication (any is good enough) and open.
func (c *conn) handshake() error {
	if err := c.net.SetDeadline(time.Now().Add(handshakeTimeout)); err != nil {
		return fmt.Errorf("setting a deadline: %w", err)
	}
	id, err := c.header()
	if err != nil {
		return err
	}

	if id == protocolSASL {
		if err := c.sasl(); err != nil {
			return err
		}
		if id, err = c.header(); err != nil {
			return err
		}
	}
	if id != protocolAMQP {
		return fmt.Errorf("opening: protocol %d came in the place of AMQP", id)
	}
	if err := c.open(); err != nil {
		return err
	}

	return c.net.SetDeadline(time.Time{})
}

// header reads a protocol header and repeats it. An unknown one is answered
// with the one that would be right (part 2, 2.2).
func (c *conn) header() (byte, error) {
	var h [8]byte
	if _, err := io.ReadFull(c.reader, h[:]); err != nil {
		return 0, fmt.Errorf("reading a protocol header: %w", err)
	}

	known := string(h[:4]) == "AMQP" && (h[4] == protocolAMQP || h[4] == protocolSASL) &&
		h[5] == 1 && h[6] == 0 && h[7] == 0
	if !known {
		h = [8]byte{'A', 'M', 'Q', 'P', protocolSASL, 1, 0, 0}
	}
	if _, err := c.net.Write(h[:]); err != nil {
		return 0, fmt.Errorf("writing a protocol header: %w", err)
	}
	if !known {
		return 0, fmt.Errorf("reading a protocol header: it is not that of AMQP 1.0")
	}

	return h[4], nil
}

func (c *conn) sasl() error {
	offer := &wire.Mechanisms{Names: []wire.Symbol{"MSSBCBS", "PLAIN", "ANONYMOUS", "EXTERNAL"}}
	if _, err := c.net.Write(wire.AppendFrame(nil, wire.FrameSASL, 0, offer, nil)); err != nil {
		return fmt.Errorf("offering mechanisms: %w", err)
	}
	p, err := c.firstFrame(wire.FrameSASL)
	if err != nil {
		return fmt.Errorf("authenticating: %w", err)
	}
	choice, ok := p.(*wire.Init)
	if !ok {
		return fmt.Errorf("authenticating: a %T came in the place of init", p)
	}

	outcome := &wire.SASLOutcome{Code: 1}
	for _, name := range offer.Names {
		if choice.Mechanism == string(name) {
			outcome.Code = 0
		}
	}

	if _, err := c.net.Write(wire.AppendFrame(nil, wire.FrameSASL, 0, outcome, nil)); err != nil {
		return fmt.Errorf("authenticating: %w", err)
	}
	if outcome.Code != 0 {
		return fmt.Errorf("authenticating: the client chose an unknown mechanism")
	}

	return nil
}

// open exchanges the open performatives and notes what the client can take.
func (c *conn) open() error {
	p, err := c.firstFrame(wire.FrameAMQP)
	if err != nil {
		return fmt.Errorf("opening: %w", err)
	}
	theirs, ok := p.(*wire.Open)
	if !ok {
		return fmt.Errorf("opening: a %T came in the place of open", p)
	}
	if theirs.MaxFrameSize < wire.MinFrameSize {
		return fmt.Errorf("opening: frames of %d bytes are too small", theirs.MaxFrameSize)
	}

	c.frameLimit = int(min(theirs.MaxFrameSize, maxFrameSize))
	c.channelMax = min(theirs.ChannelMax, maxChannel)
	c.peerIdle = time.Duration(theirs.IdleTimeOut) * time.Millisecond
	ours := &wire.Open{
		ContainerID:  uuid.NewString(),
		MaxFrameSize: maxFrameSize,
		ChannelMax:   maxChannel,
		IdleTimeOut:  uint32(idleTimeout / time.Millisecond),
	}
	if _, err := c.net.Write(wire.AppendFrame(nil, wire.FrameAMQP, 0, ours, nil)); err != nil {
		return fmt.Errorf("opening: %w", err)
	}

	return nil
}

// firstFrame reads a frame of the given type that isn't empty.
func (c *conn) firstFrame(typ byte) (wire.Performative, error) {
	f, err := wire.ReadFrame(c.reader, maxFrameSize, &c.buf)
	if err != nil {
		return nil, err
	}
	if f.Type != typ {
		return nil, fmt.Errorf("a frame of type %d came", f.Type)
	}
	return wire.ParseBody(f.Body)
}

package servicebus_test

import (
	"bufio"
	"io"
	"net"
	"testing"

	"azureml-dsr/test/emulator/servicebus/wire"
)

func pipe() (ours, theirs net.Conn) { return net.Pipe() }

// peer is a client that says exactly what a test wants.
type peer struct {
	t  *testing.T
	c  net.Conn
	r  *bufio.Reader
	in chan wire.Performative // of listen; closed at the end of the connection
}

func newPeer(t *testing.T, c net.Conn) *peer {
	t.Cleanup(func() { _ = c.Close() })
	return &peer{t: t, c: c, r: bufio.NewReader(c)}
}

// dialPeer connects a peer that is open and has a session on channel 0.
func dialPeer(t *testing.T, b *bubble, window, maxFrame uint32) *peer {
	ours, theirs := pipe()
	go b.server.ServeConn(theirs)
	p := newPeer(t, ours)
	p.open(maxFrame)
	p.listen()
	p.say(0, &wire.Begin{IncomingWindow: window, OutgoingWindow: 100, HandleMax: 10}, nil)
	if begin, ok := p.hear().(*wire.Begin); !ok || begin.RemoteChannel == nil || *begin.RemoteChannel != 0 {
		t.Fatal("the answer to begin names no remote channel")
	}
	return p
}

func (p *peer) bytes(b []byte) {
	p.t.Helper()
	_, err := p.c.Write(b)
	check(p.t, err)
}

func (p *peer) say(channel uint16, perf wire.Performative, payload []byte) {
	p.t.Helper()
	p.bytes(wire.AppendFrame(nil, wire.FrameAMQP, channel, perf, payload))
}

func (p *peer) open(maxFrame uint32) {
	p.t.Helper()
	header := make([]byte, 8)
	p.bytes([]byte("AMQP\x00\x01\x00\x00"))
	_, err := io.ReadFull(p.r, header)
	check(p.t, err)
	if maxFrame == 0 {
		maxFrame = 65536
	}
	p.say(0, &wire.Open{ContainerID: "peer", MaxFrameSize: maxFrame, ChannelMax: 100}, nil)
	_, err = wire.ReadFrame(p.r, 65536, new([]byte))
	check(p.t, err)
}

// listen reads from now on, so that the broker is never kept waiting.
func (p *peer) listen() {
	p.in = make(chan wire.Performative, 10000)
	go func() {
		defer close(p.in)
		for {
			perf, err := p.next()
			if err != nil {
				return
			}
			p.in <- perf
		}
	}()
}

// next reads a performative.
func (p *peer) next() (wire.Performative, error) {
	for {
		f, err := wire.ReadFrame(p.r, 65536, new([]byte))
		if err != nil {
			return nil, err
		}
		if len(f.Body) > 0 {
			return wire.ParseBody(f.Body)
		}
	}
}

// discard reads to the end.
func (p *peer) discard() { _, _ = io.Copy(io.Discard, p.r) }

// hear returns the next performative; nil at the end of the connection.
func (p *peer) hear() wire.Performative { return <-p.in }

// attach opens a link for sending (wire.RoleSender) or receiving.
func (p *peer) attach(handle uint32, role bool, address string) {
	p.t.Helper()
	p.say(0, attachment("link", handle, role, address), nil)
}

func attachment(name string, handle uint32, role bool, address string) *wire.Attach {
	end := wire.Encode(address)
	source := wire.Encode(wire.Described{Code: 0x28, Value: wire.Encode([]any{end})})
	target := wire.Encode(wire.Described{Code: 0x29, Value: wire.Encode([]any{end})})
	return &wire.Attach{
		Name:                 name,
		Handle:               handle,
		Role:                 role,
		Source:               source,
		Target:               target,
		RcvSettleMode:        wire.Encode(uint8(1)),
		InitialDeliveryCount: new(uint32),
	}
}

func as[T wire.Performative](p *peer) T {
	p.t.Helper()
	got := p.hear()
	want, ok := got.(T)
	if !ok {
		p.t.Fatalf("heard %T %+v, want %T", got, got, want)
	}
	return want
}

package servicebus_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/test/emulator/servicebus/wire"
)

func TestAHostilePeerGetsAClosedConnection(t *testing.T) {
	deep := append([]byte{0, 0, 16, 0, 2, 0, 0, 0}, bytes.Repeat([]byte{0}, 4088)...)
	for name, say := range map[string]func(p *peer){
		"a frame above the limit":     func(p *peer) { p.bytes([]byte{0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0}) },
		"a frame below its header":    func(p *peer) { p.bytes([]byte{0, 0, 0, 4, 2, 0, 0, 0}) },
		"a data offset out of range":  func(p *peer) { p.bytes([]byte{0, 0, 0, 16, 200, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}) },
		"descriptors without an end":  func(p *peer) { p.bytes(deep) },
		"a frame of junk":             func(p *peer) { p.bytes([]byte{0, 0, 0, 10, 2, 0, 0, 0, 0xff, 0xff}) },
		"a frame of another type":     func(p *peer) { p.bytes([]byte{0, 0, 0, 9, 2, 1, 0, 0, 0x40}) },
		"a session nobody opened":     func(p *peer) { p.say(9, &wire.Flow{}, nil) },
		"a channel above channel-max": func(p *peer) { p.say(2000, &wire.Begin{}, nil) },
		"a handle above handle-max":   func(p *peer) { p.attach(300, wire.RoleSender, "plain") },
		"a second open":               func(p *peer) { p.say(0, &wire.Open{ContainerID: "again"}, nil) },
		"a channel begun twice":       func(p *peer) { p.say(0, &wire.Begin{}, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, b *bubble) {
				p := dialPeer(t, b, 100, 0)
				say(p)

				for {
					perf := p.hear()
					if perf == nil {
						return // closed
					}
					if c, ok := perf.(*wire.Close); ok && c.Error == nil {
						t.Fatal("it was closed without a reason")
					}
				}
			})
		})
	}
}

func TestASessionsMistakeEndsTheSessionOnly(t *testing.T) {
	for name, say := range map[string]func(p *peer){
		"a transfer to a handle that nobody attached": func(p *peer) { p.say(0, &wire.Transfer{Handle: 5}, nil) },
		"a flow of a handle that nobody attached":     func(p *peer) { p.say(0, &wire.Flow{Handle: new(uint32(5))}, nil) },
		"a handle attached twice": func(p *peer) {
			p.attach(0, wire.RoleReceiver, "plain")
			p.attach(0, wire.RoleReceiver, "plain")
		},
		"a disposition of four billion deliveries": func(p *peer) {
			p.say(0, &wire.Disposition{Role: wire.RoleReceiver, Last: new(^uint32(0)), State: wire.Accepted()}, nil)
		},
		"a delivery state that is none": func(p *peer) {
			p.say(0, &wire.Disposition{Role: wire.RoleReceiver, State: wire.Encode("junk")}, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, b *bubble) {
				p := dialPeer(t, b, 100, 0)
				say(p)

				for {
					perf := p.hear()
					if perf == nil {
						t.Fatal("the connection ended")
					}
					if end, ok := perf.(*wire.End); ok {
						if end.Error == nil {
							t.Fatal("it ended without a reason")
						}
						break
					}
				}

				p.say(0, &wire.Flow{}, nil) // void until the end is answered
				p.say(0, &wire.End{}, nil)
				p.say(0, &wire.Begin{IncomingWindow: 1}, nil)
				as[*wire.Begin](p)
			})
		})
	}
}

func TestAWrongProtocolHeaderIsAnsweredWithTheRightOne(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		ours, theirs := pipe()
		go b.server.ServeConn(theirs)
		p := newPeer(t, ours)
		p.bytes([]byte("GET / HT"))
		var answer strings.Builder
		buf := make([]byte, 64)
		for {
			n, err := p.r.Read(buf)
			answer.Write(buf[:n])
			if err != nil {
				break
			}
		}

		if answer.String() != "AMQP\x03\x01\x00\x00" {
			t.Fatalf("answer %q", answer.String())
		}
	})
}

func TestTooManyUnfinishedMessagesCloseTheConnection(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		p := dialPeer(t, b, 100, 0)
		go func() {
			for range p.in { // answers are of no interest
			}
		}()

		piece := make([]byte, 65_000)

		for handle := range uint32(200) {
			p.attach(handle, wire.RoleSender, "plain")
		}

		for handle := range uint32(200) { // 4 × 65 kB each: 52 MB
			for range 4 {
				frame := wire.AppendFrame(nil, wire.FrameAMQP, 0, &wire.Transfer{
					Handle:      handle,
					DeliveryID:  new(uint32),
					DeliveryTag: []byte("t"),
					More:        true,
				}, piece)
				if _, err := p.c.Write(frame); err != nil {
					if handle < 60 {
						t.Fatalf("closed after %d links", handle)
					}
					return
				}
			}
		}

		t.Fatal("52 MB of unfinished messages were kept")
	})
}

func TestAClientThatReadsNothingIsDropped(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		ours, theirs := pipe()
		done := make(chan struct{})
		go func() { b.server.ServeConn(theirs); close(done) }()
		p := newPeer(t, ours)
		p.open(0)
		start := time.Now()
		p.say(0, &wire.Begin{IncomingWindow: 100}, nil) // whose answer nobody reads
		<-done
		if took := time.Since(start); took > time.Minute {
			t.Fatalf("dropped after %v", took)
		}
	})
}

func TestConnectionsAboveTheLimitAreClosedAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		for range 1000 {
			ours, theirs := pipe()
			t.Cleanup(func() { _ = ours.Close() })
			go b.server.ServeConn(theirs)
		}

		synctest.Wait()
		ours, theirs := pipe()
		b.server.ServeConn(theirs) // returns
		if _, err := ours.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Fatalf("error %v", err)
		}
	})
}

func TestTooManyUnsettledDeliveriesForgetTheOldest(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		const n = 20001
		s := sender(t, b.Client(t), "plain")
		for sent := 0; sent < n; {
			batch, err := s.NewMessageBatch(t.Context(), nil)
			check(t, err)
			for sent < n && batch.AddMessage(&azservicebus.Message{}, nil) == nil {
				sent++
			}
			check(t, s.SendMessageBatch(t.Context(), batch, nil))
		}

		p := dialPeer(t, b, n, 0)
		p.attach(0, wire.RoleReceiver, "plain")
		as[*wire.Attach](p)
		p.credit(0, n, 0, n, false)

		for range n {
			as[*wire.Transfer](p)
		}

		p.say(0, &wire.Disposition{
			Role:  wire.RoleReceiver,
			First: 0,
			Last:  new(uint32(1)),
			State: wire.Accepted(),
		}, nil)

		for id, code := range []uint64{wire.CodeRejected, wire.CodeAccepted} {
			d := as[*wire.Disposition](p)
			if o, err := wire.ParseOutcome(d.State); err != nil || o.Code != code || d.First != uint32(id) || *d.Last != uint32(id) {
				t.Fatalf("disposition %+v (%v)", d, err)
			}
		}
	})
}

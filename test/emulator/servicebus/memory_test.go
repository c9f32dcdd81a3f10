package servicebus_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"azureml-dsr/test/emulator/servicebus"
	"azureml-dsr/test/emulator/servicebus/wire"
)

func TestAnswersThatNobodyTakesAreBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		fill(t, b, 5, 200_000)
		p := dialPeer(t, b, 100, 0)
		p.attach(0, wire.RoleSender, "plain/$management")
		as[*wire.Attach](p)
		as[*wire.Flow](p)
		p.attach(1, wire.RoleReceiver, "plain/$management") // and no credit
		as[*wire.Attach](p)
		m := &wire.Message{Properties: wire.Encode(wire.Described{Code: 0x73, Value: wire.Encode([]any{"id", nil, nil, nil, "link"})})}
		m.SetApplicationProperties(wire.Map(nil).Set("operation", "com.microsoft:peek-message"))
		m.SetValue(wire.Map(nil).Set("from-sequence-number", int64(0)).Set("message-count", int32(10)))

		for n := range 100 { // of 1 MB each
			p.say(0, &wire.Transfer{DeliveryID: new(uint32(n)), DeliveryTag: []byte("t")}, m.Append(nil))
			o, err := wire.ParseOutcome(as[*wire.Disposition](p).State)
			check(t, err)
			if o.Code == wire.CodeAccepted {
				continue
			}
			if o.Error.Condition != "amqp:resource-limit-exceeded" || n < 20 {
				t.Fatalf("answer %d: %+v", n, o.Error)
			}

			p.say(0, &wire.Detach{Handle: 1, Closed: true}, nil)
			as[*wire.Detach](p)
			if held := b.server.Held(); held > 1<<20 {
				t.Fatalf("%d bytes are kept for a link that is gone", held)
			}

			return
		}

		t.Fatal("100 MB of answers were kept")
	})
}

func TestTooManyLinksCloseTheConnection(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		p := dialPeer(t, b, 100, 0)
		refused := make(chan *wire.Error, 1)
		go func() {
			for perf := range p.in {
				if c, ok := perf.(*wire.Close); ok {
					refused <- c.Error
				}
			}
			close(refused)
		}()

		links := 0
		for channel := uint16(1); channel < 100; channel++ {
			frames := wire.AppendFrame(nil, wire.FrameAMQP, channel, &wire.Begin{IncomingWindow: 1}, nil)
			for handle := range uint32(100) {
				frames = wire.AppendFrame(frames, wire.FrameAMQP, channel, attachment(strings.Repeat("x", 1000), handle, wire.RoleReceiver, "plain"), nil)
			}
			if _, err := p.c.Write(frames); err != nil {
				break
			}
			links += 100
		}
		if e := <-refused; e == nil || e.Condition != "amqp:resource-limit-exceeded" || links < 3000 {
			t.Fatalf("after %d links: %+v", links, e)
		}
	})
}

func TestASessionThatEndsGivesEverythingBack(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		fill(t, b, 3, 10)
		p := dialPeer(t, b, 100, 0)
		before := b.server.Held()
		p.say(1, &wire.Begin{IncomingWindow: 100}, nil)
		as[*wire.Begin](p)

		for handle, address := range []string{"plain", "nowhere", "brief"} {
			p.say(1, attachment("link", uint32(handle), wire.RoleReceiver, address), nil)
			as[*wire.Attach](p)
			if address == "nowhere" {
				as[*wire.Detach](p)
			}
		}

		p.say(1, &wire.Flow{
			NextIncomingID: new(uint32),
			IncomingWindow: 100,
			Handle:         new(uint32),
			LinkCredit:     new(uint32(3)),
		}, nil)

		for range 3 {
			as[*wire.Transfer](p)
		}

		p.say(1, &wire.End{}, nil)
		as[*wire.End](p)
		if held := b.server.Held(); held != before {
			t.Fatalf("%d bytes are kept, %d before", held, before)
		}
	})
}

func TestALinkWithAnEndlessNameIsRefused(t *testing.T) {
	long := strings.Repeat("x", 1025)
	for name, a := range map[string]*wire.Attach{
		"a sender's name":      attachment(long, 0, wire.RoleSender, "plain"),
		"a sender's target":    attachment("link", 0, wire.RoleSender, long),
		"a receiver's name":    attachment(long, 0, wire.RoleReceiver, "plain"),
		"a receiver's address": attachment("link", 0, wire.RoleReceiver, long),
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, b *bubble) {
				p := dialPeer(t, b, 100, 0)
				p.say(0, a, nil)
				as[*wire.Attach](p)
				if d := as[*wire.Detach](p); d.Error == nil || d.Error.Condition != "amqp:not-allowed" {
					t.Fatalf("detach %+v", d)
				}
			})
		})
	}
}

// drip writes b a byte at a time and returns how long it could.
func drip(c net.Conn, b []byte, pause time.Duration) time.Duration {
	start := time.Now()
	for i := range b {
		if _, err := c.Write(b[i : i+1]); err != nil {
			break
		}
		<-time.After(pause)
	}
	return time.Since(start)
}

func TestASlowClientIsDropped(t *testing.T) {
	flow := wire.AppendFrame(nil, wire.FrameAMQP, 0, &wire.Flow{IncomingWindow: 1}, nil)
	t.Run("that drips a frame", func(t *testing.T) {
		inBubble(t, func(t *testing.T, b *bubble) {
			p := dialPeer(t, b, 100, 0)
			if took := drip(p.c, flow, 30*time.Second); took < 4*time.Minute || took > 5*time.Minute {
				t.Fatalf("dropped after %v", took)
			}
		})
	})

	t.Run("that drips its first bytes", func(t *testing.T) {
		inBubble(t, func(t *testing.T, b *bubble) {
			ours, theirs := pipe()
			go b.server.ServeConn(theirs)
			if took := drip(ours, []byte("AMQP\x00\x01\x00\x00"), 5*time.Second); took < 30*time.Second || took > 40*time.Second {
				t.Fatalf("dropped after %v", took)
			}
		})
	})

	t.Run("but one that drips faster is served", func(t *testing.T) {
		inBubble(t, func(t *testing.T, b *bubble) {
			p := dialPeer(t, b, 100, 0)
			for range 20 {
				drip(p.c, flow, 5*time.Second)
			}
			p.attach(0, wire.RoleReceiver, "plain")
			as[*wire.Attach](p)
		})
	})
}

// TestAThousandConnectionsAreServed has each send a message, and then, while all
// are open, each receive one.
func TestAThousandConnectionsAreServed(t *testing.T) {
	s := servicebus.Start(t, testConfig(t))
	peers := make([]*peer, 1000)
	for i := range peers {
		c, err := net.Dial("tcp", s.Addr())
		check(t, err)
		p := newPeer(t, c)
		p.open(0)
		p.say(0, &wire.Begin{IncomingWindow: 100, OutgoingWindow: 100, HandleMax: 10}, nil)
		p.attach(0, wire.RoleSender, "plain")
		p.say(0, &wire.Transfer{DeliveryID: new(uint32), DeliveryTag: []byte("t")}, (&wire.Message{}).Append(nil))
		await[*wire.Disposition](p)
		peers[i] = p
	}

	for _, p := range peers {
		p.attach(1, wire.RoleReceiver, "plain")
		p.say(0, &wire.Flow{
			NextIncomingID: new(uint32),
			IncomingWindow: 100,
			NextOutgoingID: 1,
			Handle:         new(uint32(1)),
			LinkCredit:     new(uint32(1)),
		}, nil)
		await[*wire.Transfer](p)
	}

	if c := s.Counts("plain"); c.Locked != len(peers) || c.Active != 0 {
		t.Fatalf("counts %+v", c)
	}
}

// await reads until such a performative comes.
func await[T wire.Performative](p *peer) {
	p.t.Helper()
	for {
		perf, err := p.next()
		check(p.t, err)
		if _, ok := perf.(T); ok {
			return
		}
	}
}

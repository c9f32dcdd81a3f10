package servicebus_test

import (
	"testing"

	"azureml-dsr/test/emulator/servicebus/wire"
)

// fill sends n messages of size bytes to the plain queue.
func fill(t *testing.T, b *bubble, n, size int) {
	t.Helper()
	s := sender(t, b.Client(t), "plain")
	for _, m := range numbered(n) {
		m.Body = make([]byte, size)
		send(t, s, m)
	}
}

// credit grants credit on handle 0 with a window.
func (p *peer) credit(seen, credit, nextIncoming, window uint32, drain bool) {
	p.t.Helper()
	p.say(0, &wire.Flow{
		NextIncomingID: &nextIncoming,
		IncomingWindow: window,
		OutgoingWindow: 100,
		Handle:         new(uint32),
		DeliveryCount:  &seen,
		LinkCredit:     &credit,
		Drain:          drain,
	}, nil)
}

func TestADrainSendsWhatThereIsAndGivesTheCreditUp(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		fill(t, b, 3, 10)
		p := dialPeer(t, b, 100, 0)
		p.attach(0, wire.RoleReceiver, "plain")
		as[*wire.Attach](p)
		p.credit(0, 10, 0, 100, true)

		for i := range uint32(3) {
			if tr := as[*wire.Transfer](p); *tr.DeliveryID != i || len(tr.DeliveryTag) != 16 || *tr.MessageFormat != 0 {
				t.Fatalf("transfer %+v", tr)
			}
		}

		if f := as[*wire.Flow](p); !f.Drain || *f.LinkCredit != 0 || *f.DeliveryCount != 10 || *f.Handle != 0 {
			t.Fatalf("flow %+v", f)
		}
	})
}

func TestAFlowWithEchoIsAnswered(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		p := dialPeer(t, b, 100, 0)
		p.say(0, &wire.Flow{NextIncomingID: new(uint32), IncomingWindow: 100, Echo: true}, nil)
		if f := as[*wire.Flow](p); f.Handle != nil || f.NextIncomingID == nil {
			t.Fatalf("flow %+v", f)
		}

		p.attach(0, wire.RoleReceiver, "plain")
		as[*wire.Attach](p)
		p.say(0, &wire.Flow{
			NextIncomingID: new(uint32),
			IncomingWindow: 100,
			Handle:         new(uint32),
			DeliveryCount:  new(uint32),
			LinkCredit:     new(uint32(7)),
			Echo:           true,
		}, nil)
		if f := as[*wire.Flow](p); f.Handle == nil || *f.LinkCredit != 7 {
			t.Fatalf("flow %+v", f)
		}
	})
}

func TestAClosedWindowHoldsFramesBackUntilTheNextFlow(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		fill(t, b, 1, 3000)
		p := dialPeer(t, b, 2, 1024) // two frames of 1 kB, then silence
		p.attach(0, wire.RoleReceiver, "plain")
		as[*wire.Attach](p)
		p.credit(0, 1, 0, 2, false)
		first, second := as[*wire.Transfer](p), as[*wire.Transfer](p)
		if !first.More || !second.More || second.DeliveryID != nil {
			t.Fatalf("transfers %+v and %+v", first, second)
		}

		b.Wait(1)
		if n := len(p.in); n != 0 {
			t.Fatalf("%d frames came above the window", n)
		}

		p.say(0, &wire.Flow{NextIncomingID: new(uint32(2)), IncomingWindow: 100}, nil)
		size := len(first.Payload) + len(second.Payload)
		for more := true; more; {
			tr := as[*wire.Transfer](p)
			size, more = size+len(tr.Payload), tr.More
		}
		if size < 3000 {
			t.Fatalf("%d bytes came", size)
		}
	})
}

func TestCreditIsCountedFromWhatTheClientHasSeen(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		fill(t, b, 5, 10)
		p := dialPeer(t, b, 100, 0)
		p.attach(0, wire.RoleReceiver, "plain")
		as[*wire.Attach](p)
		p.credit(0, 2, 0, 100, false)
		as[*wire.Transfer](p)
		as[*wire.Transfer](p)
		p.credit(1, 2, 2, 100, false) // sent when one message had come: one more
		as[*wire.Transfer](p)
		b.Wait(1)
		if n := len(p.in); n != 0 {
			t.Fatalf("%d messages came above the credit", n)
		}
	})
}

func TestALinkIsAnsweredWithItsEndsAndModes(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		p := dialPeer(t, b, 100, 0)
		p.attach(3, wire.RoleSender, "plain")
		a := as[*wire.Attach](p)
		mode, err := a.RcvSettleMode.Int()
		check(t, err)
		target, err := wire.ParseTerminus(a.Target)
		check(t, err)
		if a.Role != wire.RoleReceiver || a.Handle != 3 || a.Name != "link" || mode != 1 || a.SndSettleMode != nil || target.Address != "plain" {
			t.Fatalf("attach %+v", a)
		}
		if f := as[*wire.Flow](p); f.Handle == nil || *f.LinkCredit == 0 {
			t.Fatalf("no credit: %+v", f)
		}

		p.say(0, &wire.Detach{Handle: 3, Closed: true}, nil)
		if d := as[*wire.Detach](p); !d.Closed || d.Error != nil {
			t.Fatalf("detach %+v", d)
		}
	})
}

func TestARefusedLinkIsDetachedOnceWithTheReason(t *testing.T) {
	coordinator := wire.Encode(wire.Described{Code: 0x30, Value: wire.Encode([]any{})})
	for name, tt := range map[string]struct {
		attach func(p *peer)
		want   wire.Symbol
	}{
		"an unknown queue to send to":      {func(p *peer) { p.attach(0, wire.RoleSender, "nowhere") }, "amqp:not-found"},
		"an unknown queue to receive from": {func(p *peer) { p.attach(0, wire.RoleReceiver, "nowhere") }, "amqp:not-found"},
		"a dead-letter queue to send to":   {func(p *peer) { p.attach(0, wire.RoleSender, "plain/$DeadLetterQueue") }, "amqp:not-allowed"},
		"a subscription to receive from":   {func(p *peer) { p.attach(0, wire.RoleReceiver, "t/Subscriptions/s") }, "amqp:not-found"},
		"a session": {func(p *peer) {
			filter := wire.Map(nil).Set(wire.Symbol("com.microsoft:session-filter"), "a session")
			source := wire.Encode(wire.Described{Code: 0x28, Value: wire.Encode([]any{"plain", nil, nil, nil, nil, nil, nil, filter})})
			p.say(0, &wire.Attach{Name: "s", Role: wire.RoleReceiver, Source: source}, nil)
		}, "amqp:not-implemented"},
		"a forwarding queue to receive from": {func(p *peer) { p.attach(0, wire.RoleReceiver, "front") }, "amqp:not-allowed"},
		"a transaction coordinator": {func(p *peer) {
			p.say(0, &wire.Attach{
				Name:                 "tx",
				Role:                 wire.RoleSender,
				Target:               coordinator,
				InitialDeliveryCount: new(uint32),
			}, nil)
		}, "amqp:not-implemented"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, b *bubble) {
				p := dialPeer(t, b, 100, 0)
				tt.attach(p)
				as[*wire.Attach](p)
				if d := as[*wire.Detach](p); !d.Closed || d.Error == nil || d.Error.Condition != tt.want {
					t.Fatalf("detach %+v", d)
				}

				p.say(0, &wire.Detach{Handle: 0, Closed: true}, nil)
				p.say(0, &wire.Detach{Handle: 0, Closed: true}, nil) // of a handle that is forgotten
				p.attach(0, wire.RoleReceiver, "plain")
				if a := as[*wire.Attach](p); a.Source == nil {
					t.Fatal("the handle can't be used again")
				}
			})
		})
	}
}

func TestAMessageAboveTheLimitDetachesTheLink(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		p := dialPeer(t, b, 100, 0)
		p.attach(0, wire.RoleSender, "plain")
		as[*wire.Attach](p)
		as[*wire.Flow](p)

		for range 6 { // 300 kB; what comes after the detach is void
			p.say(0, &wire.Transfer{DeliveryID: new(uint32), DeliveryTag: []byte("t"), More: true}, make([]byte, 50_000))
		}

		const want = "amqp:link:message-size-exceeded"
		o, err := wire.ParseOutcome(as[*wire.Disposition](p).State)
		if err != nil || o.Code != wire.CodeRejected || o.Error.Condition != want {
			t.Fatalf("outcome %+v (%v)", o, err)
		}
		if d := as[*wire.Detach](p); d.Error == nil || d.Error.Condition != want {
			t.Fatalf("detach %+v", d)
		}
	})
}

func TestAnAbortedMessageIsDiscarded(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		p := dialPeer(t, b, 100, 0)
		p.attach(0, wire.RoleSender, "plain")
		as[*wire.Attach](p)
		as[*wire.Flow](p)
		whole := (&wire.Message{}).Append(nil)
		p.say(0, &wire.Transfer{DeliveryID: new(uint32), DeliveryTag: []byte("a"), More: true}, []byte("junk"))
		p.bytes(abortedTransfer())
		p.say(0, &wire.Transfer{DeliveryID: new(uint32(1)), DeliveryTag: []byte("b")}, whole)
		d := as[*wire.Disposition](p)
		if o, err := wire.ParseOutcome(d.State); err != nil || o.Code != wire.CodeAccepted || d.First != 1 || !d.Settled {
			t.Fatalf("disposition %+v (%v)", d, err)
		}
		if got := b.server.Counts("plain"); got.Active != 1 {
			t.Fatalf("counts %+v", got)
		}
	})
}

// abortedTransfer is a transfer with aborted set, which wire only reads.
func abortedTransfer() []byte {
	fields := wire.Encode([]any{uint32(0), nil, nil, nil, false, false, nil, nil, nil, true})
	body := wire.Encode(wire.Described{Code: 0x14, Value: fields})
	return append([]byte{0, 0, 0, byte(8 + len(body)), 2, 0, 0, 0}, body...)
}

func TestCreditTakenBackAmidAMessageCountsFromTheNext(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		fill(t, b, 3, 3000)
		p := dialPeer(t, b, 1, 1024)
		p.attach(0, wire.RoleReceiver, "plain")
		as[*wire.Attach](p)
		p.credit(0, 2, 0, 1, false)
		as[*wire.Transfer](p)
		p.credit(0, 0, 1, 100, false)

		for more := true; more; {
			more = as[*wire.Transfer](p).More
		}

		b.Wait(1)
		if n := len(p.in); n != 0 {
			t.Fatalf("%d frames came without credit", n)
		}
		if got := b.server.Counts("plain"); got.Locked != 1 {
			t.Fatalf("counts %+v", got)
		}
	})
}

package servicebus_test

import (
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/test/emulator/servicebus"
)

func TestAVanishedClientsLinksGoAtOnceAndItsLocksStay(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		gone, cut := b.Dial(t)
		c := b.Client(t)
		s := sender(t, c, "plain")
		send(t, s, message("locked"))
		goner := receiver(t, gone, "plain", nil)
		m := receive(t, goner, 1)[0]
		if got := receiveUpTo(t, goner, 10, time.Second); len(got) != 0 {
			t.Fatalf("got %q", ids(got))
		}

		cut() // its receiver's credit still stood
		b.Wait(time.Second)
		send(t, s, message("next"))
		r := receiver(t, c, "plain", nil)
		wantIDs(t, receive(t, r, 1), "next")
		if got := b.server.Counts("plain"); got.Locked != 2 || got.Active != 0 {
			t.Fatalf("counts %+v", got)
		}

		check(t, r.CompleteMessage(t.Context(), byToken(m), nil))
	})
}

func TestASilentClientIsDropped(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		ours, theirs := pipe()
		done := make(chan struct{})
		go func() { b.server.ServeConn(theirs); close(done) }()
		p := newPeer(t, ours)
		p.open(0)
		start := time.Now()
		p.discard()
		<-done
		if took := time.Since(start); took != 240*time.Second {
			t.Fatalf("dropped after %v", took)
		}
	})
}

func TestCountsAreByState(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		c := b.Client(t)
		s, r := sender(t, c, "plain"), receiver(t, c, "plain", nil)
		send(t, s, numbered(4)...)
		_, err := s.ScheduleMessages(t.Context(), []*azservicebus.Message{message("later")}, time.Now().Add(time.Hour), nil)
		check(t, err)
		got := receive(t, r, 2)
		check(t, r.DeadLetterMessage(t.Context(), got[0], nil))
		want := servicebus.Counts{
			Active:     2,
			Locked:     1,
			Scheduled:  1,
			DeadLetter: 1,
		}
		if have := b.server.Counts("Plain"); have != want {
			t.Fatalf("counts %+v, want %+v", have, want)
		}
		if have := b.server.Counts("nowhere"); have != (servicebus.Counts{}) {
			t.Fatalf("counts %+v of no queue", have)
		}
	})
}

func TestClosingTheServerEndsItsConnections(t *testing.T) {
	s := servicebus.Start(t, testConfig(t))
	h := &socket{connection: s.ConnectionString()}
	c := h.Client(t)
	send(t, sender(t, c, "plain"), message("a"))
	check(t, s.Close())
	if err := sender(t, c, "plain").SendMessage(t.Context(), message("b"), nil); err == nil {
		t.Fatal("a closed broker took a message")
	}
}

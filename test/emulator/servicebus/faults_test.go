package servicebus_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/test/emulator/servicebus"
	"azureml-dsr/test/emulator/servicebus/wire"
)

// once injects a fault that strikes one operation on the plain queue.
func once(b *bubble, on servicebus.Operation, do servicebus.Effect) *servicebus.Injection {
	return b.server.Inject(servicebus.Fault{
		Queue: "Plain",
		On:    on,
		Do:    do,
		Times: 1,
	})
}

func wantStruck(t *testing.T, i *servicebus.Injection, n int) {
	t.Helper()
	if got := i.Struck(); got != n {
		t.Fatalf("it struck %d times, want %d", got, n)
	}
}

func TestAFaultOnSending(t *testing.T) {
	for name, tt := range map[string]struct {
		do   servicebus.Effect
		held int // messages in the queue after a send that the client repeats
	}{
		"that drops the connection costs nothing":          {servicebus.Drop, 1},
		"that loses the acknowledgement makes a duplicate": {servicebus.LoseAnswer, 2},
		"that refuses as busy is cured by a new trial":     {servicebus.Busy, 1},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, b *bubble) {
				fault := once(b, servicebus.Sending, tt.do)
				send(t, sender(t, b.Client(t), "plain"), message("a"))
				wantStruck(t, fault, 1)
				if got := b.server.Counts("plain"); got.Active != tt.held {
					t.Fatalf("counts %+v", got)
				}
			})
		})
	}
}

func TestASendIsRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		do   servicebus.Effect
		want string // in the client's error, which is final
		next string // in that of the next send on the same sender
	}{
		"by a full queue":              {servicebus.Full, "amqp:resource-limit-exceeded", ""},
		"with a link that is detached": {servicebus.Detach, "amqp:unauthorized-access", "amqp:unauthorized-access"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, b *bubble) {
				s := sender(t, b.Client(t), "plain")
				fault := once(b, servicebus.Sending, tt.do)
				wantText(t, s.SendMessage(t.Context(), message("a"), nil), tt.want)
				wantText(t, s.SendMessage(t.Context(), message("b"), nil), tt.next)
				wantStruck(t, fault, 1)
			})
		})
	}
}

// wantText fails a test unless an error's text has a part; "" is no error.
func wantText(t *testing.T, err error, part string) {
	t.Helper()
	if (err == nil) != (part == "") || (err != nil && !strings.Contains(err.Error(), part)) {
		t.Fatalf("got error %v, want one with %q", err, part)
	}
}

func TestALostAcknowledgementMakesNoDuplicateWithDetection(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		fault := b.server.Inject(servicebus.Fault{
			Queue: "dedup",
			On:    servicebus.Sending,
			Do:    servicebus.LoseAnswer,
			Times: 1,
		})
		send(t, sender(t, b.Client(t), "dedup"), message("a"))
		wantStruck(t, fault, 1)
		if got := b.server.Counts("dedup"); got.Active != 1 {
			t.Fatalf("counts %+v", got)
		}
	})
}

func TestABusyBrokerRefusesAsBusy(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		p := dialPeer(t, b, 100, 0)
		p.attach(0, wire.RoleSender, "plain")
		as[*wire.Attach](p)
		as[*wire.Flow](p)
		once(b, servicebus.Sending, servicebus.Busy)
		p.say(0, &wire.Transfer{DeliveryID: new(uint32), DeliveryTag: []byte("t")}, (&wire.Message{}).Append(nil))
		o, err := wire.ParseOutcome(as[*wire.Disposition](p).State)
		if err != nil || o.Code != wire.CodeRejected || o.Error.Condition != "com.microsoft:server-busy" {
			t.Fatalf("outcome %+v (%v)", o, err)
		}
	})
}

func TestAMessageThatIsDroppedOnItsWayComesWhenItsLockRunsOut(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		c := b.Client(t)
		send(t, sender(t, c, "plain"), message("a"))
		fault := once(b, servicebus.Receiving, servicebus.Drop)
		r := receiver(t, c, "plain", nil)
		start := time.Now()
		var got []*azservicebus.ReceivedMessage
		for len(got) == 0 && time.Since(start) < 2*time.Minute {
			got = receiveUpTo(t, r, 1, 30*time.Second)
		}

		wantIDs(t, got, "a")
		if took := time.Since(start); got[0].DeliveryCount != 2 || took < time.Minute {
			t.Fatalf("count %d after %v", got[0].DeliveryCount, took)
		}

		wantStruck(t, fault, 1)
	})
}

func TestAMessageIsDeliveredTwice(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		c := b.Client(t)
		send(t, sender(t, c, "plain"), message("a"))
		fault := once(b, servicebus.Receiving, servicebus.DeliverTwice)
		r := receiver(t, c, "plain", nil)
		first := receive(t, r, 1)[0]
		second := receive(t, r, 1)[0] // at once: no lock's time has passed
		if first.MessageID != second.MessageID || *first.SequenceNumber != *second.SequenceNumber || second.DeliveryCount != 2 {
			t.Fatalf("%s with %d and %s with %d, count %d", first.MessageID, *first.SequenceNumber, second.MessageID, *second.SequenceNumber, second.DeliveryCount)
		}

		wantCode(t, r.CompleteMessage(t.Context(), first, nil), azservicebus.CodeLockLost)
		check(t, r.CompleteMessage(t.Context(), second, nil))
		wantStruck(t, fault, 1)
	})
}

func TestAFaultOnSettling(t *testing.T) {
	for name, tt := range map[string]struct {
		on      servicebus.Operation
		do      servicebus.Effect
		byToken bool
		err     bool // that the client is told of, having tried
		gone    bool // the message, afterwards
	}{
		"that drops the connection leaves the message": {servicebus.Settling, servicebus.Drop, false, true, false},
		"that loses the answer has settled it":         {servicebus.Settling, servicebus.LoseAnswer, false, true, true},
		// The Go client tries again, but takes the message for settled by then.
		"that refuses as busy goes unnoticed":           {servicebus.Settling, servicebus.Busy, false, false, false},
		"by token that drops is cured by a new trial":   {servicebus.Managing, servicebus.Drop, true, false, true},
		"by token that loses the answer has settled it": {servicebus.Managing, servicebus.LoseAnswer, true, true, true},
		"by token that refuses as busy is cured":        {servicebus.Managing, servicebus.Busy, true, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, b *bubble) {
				c := b.Client(t)
				send(t, sender(t, c, "plain"), message("a"))
				r := receiver(t, c, "plain", nil)
				m := receive(t, r, 1)[0]
				if tt.byToken {
					m = byToken(m)
				}

				fault := once(b, tt.on, tt.do)
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()

				err := r.CompleteMessage(ctx, m, nil)
				if (err != nil) != tt.err {
					t.Errorf("error %v", err)
				}

				wantStruck(t, fault, 1)
				if got := b.server.Counts("plain"); (got.Locked == 0) != tt.gone {
					t.Fatalf("counts %+v", got)
				}
			})
		})
	}
}

func TestADelayLetsTheConnectionStandStill(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		s := sender(t, b.Client(t), "plain")
		send(t, s, message("a"))
		fault := b.server.Inject(servicebus.Fault{
			Do:    servicebus.Delay,
			For:   3 * time.Second,
			Skip:  1,
			Times: 2,
		})

		for i, want := range []time.Duration{0, 3 * time.Second, 3 * time.Second, 0} {
			start := time.Now()
			send(t, s, message("b"))
			if took := time.Since(start); took != want {
				t.Fatalf("send %d took %v, want %v", i, took, want)
			}
		}

		wantStruck(t, fault, 2)
	})
}

func TestADelayEndsWithTheServer(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		p := dialPeer(t, b, 100, 0)
		p.attach(0, wire.RoleSender, "plain")
		as[*wire.Attach](p)
		as[*wire.Flow](p)
		fault := b.server.Inject(servicebus.Fault{Do: servicebus.Delay, For: 24 * time.Hour})
		p.say(0, &wire.Transfer{DeliveryID: new(uint32), DeliveryTag: []byte("t")}, (&wire.Message{}).Append(nil))
		synctest.Wait()
		wantStruck(t, fault, 1)
		start := time.Now()
		check(t, b.server.Close())
		if took := time.Since(start); took != 0 {
			t.Fatalf("closing took %v", took)
		}
	})
}

func TestAFaultFitsItsQueueAndOperationUntilItIsRemoved(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		c := b.Client(t)
		other := b.server.Inject(servicebus.Fault{Queue: "brief", Do: servicebus.Drop})
		dead := b.server.Inject(servicebus.Fault{
			Queue: "plain/$DeadLetterQueue",
			On:    servicebus.Managing,
			Do:    servicebus.Busy,
			Times: 1,
		})
		twice := b.server.Inject(servicebus.Fault{Do: servicebus.DeliverTwice})
		send(t, sender(t, c, "plain"), message("a"))
		wantStruck(t, twice, 0) // there is nothing to deliver twice
		twice.Remove()
		r := receiver(t, c, "plain", nil)
		check(t, r.DeadLetterMessage(t.Context(), receive(t, r, 1)[0], nil))
		wantStruck(t, other, 0)
		wantStruck(t, twice, 0)
		_, err := receiver(t, c, "plain", deadLetters()).PeekMessages(t.Context(), 1, nil)
		check(t, err) // the second trial
		wantStruck(t, dead, 1)
	})
}

func TestTheBrokersClockIsMoved(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		c := b.Client(t)
		_, err := sender(t, c, "plain").ScheduleMessages(t.Context(), []*azservicebus.Message{message("later")}, time.Now().Add(time.Hour), nil)
		check(t, err)
		r := receiver(t, c, "plain", nil)
		start := time.Now()
		came := make(chan []*azservicebus.ReceivedMessage, 1)
		go func() { came <- receiveUpTo(t, r, 1, 2*time.Hour) }()
		synctest.Wait() // it waits for a message
		b.server.Advance(time.Hour)
		got := <-came
		wantIDs(t, got, "later")
		b.server.Advance(time.Minute)
		wantCode(t, r.CompleteMessage(t.Context(), got[0], nil), azservicebus.CodeLockLost)
		if again := receive(t, r, 1)[0]; again.DeliveryCount != 2 {
			t.Fatalf("count %d", again.DeliveryCount)
		}
		if took := time.Since(start); took != 0 {
			t.Fatalf("it took %v", took)
		}
	})
}

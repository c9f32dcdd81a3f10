package queue_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/test/emulator/servicebus/queue"
)

// chain is three queues: front forwards its messages to back and its dead
// letters to morgue; back, whose options are given, has a message already.
func chain(t *testing.T, back queue.Options, test func(f, b, m *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		clock := queue.NewClock()
		back.LockDuration, back.Clock = time.Minute, clock
		f := queue.New(queue.Options{
			Name:            "Front",
			LockDuration:    time.Minute,
			Clock:           clock,
			DuplicateWindow: time.Minute,
		})
		b := queue.New(back)
		m := queue.New(queue.Options{LockDuration: time.Minute, Clock: clock})
		defer f.Close()
		defer b.Close()
		defer m.Close()

		f.Forward(b, nil)
		b.Forward(nil, m)
		(&fixture{b, t}).send("first")
		test(&fixture{f, t}, &fixture{b, t}, &fixture{m, t})
	})
}

func TestForwarding(t *testing.T) {
	for name, tt := range map[string]struct {
		back queue.Options
		test func(f, b, m *fixture)
	}{
		"moves what is sent, with a number of its new queue and the old one": {queue.Options{TTL: time.Minute}, func(f, b, _ *fixture) {
			f.send("a", "a") // the second is a duplicate in front
			f.counts(0, 0, 0, 0)
			b.receive("first")
			d := b.receive("a")
			if d.Sequence != 2 || d.OriginalSequence != 1 || d.TimeToLive != time.Minute {
				b.t.Fatalf("received %+v", d)
			}
			b.nothing()
		}},
		"moves what is scheduled at its time": {queue.Options{}, func(f, b, _ *fixture) {
			if _, err := f.Send(queue.Message{ID: "later", ScheduledFor: time.Now().Add(time.Hour)}); err != nil {
				f.t.Fatal(err)
			}

			f.counts(0, 0, 1, 0)
			b.settle(queue.Complete, b.receive("first").Token)
			b.nothing()
			f.pass(time.Hour)
			f.counts(0, 0, 0, 0)
			b.receive("later")
		}},
		"knows the duplicates of both queues": {queue.Options{DuplicateWindow: time.Minute}, func(f, b, _ *fixture) {
			f.send("first")
			b.counts(1, 0, 0, 0)
		}},
		"moves dead letters as new messages that tell where they come from": {queue.Options{Name: "Back", MaxDeliveryCount: 1}, func(f, b, m *fixture) {
			f.send("a")
			b.receive("first")
			b.settle(queue.Abandon, b.receive("a").Token)
			b.counts(0, 1, 0, 0)
			d := m.receive("a")
			if d.DeliveryCount != 0 || d.DeadLetterSource != "Back" || d.OriginalSequence != 1 || d.Sequence != 1 {
				m.t.Fatalf("received %+v", d)
			}
			if got := fmt.Sprint(d.Properties[0]); got != "{DeadLetterReason MaxDeliveryCountExceeded}" {
				m.t.Fatalf("properties %s", got)
			}
		}},
		"is refused when there is no room at its end": {queue.Options{MaxBytes: 10}, func(f, b, _ *fixture) {
			if _, err := f.Send(queue.Message{ID: "big", Size: 11}); !errors.Is(err, queue.ErrFull) {
				f.t.Fatalf("error %v", err)
			}
			b.counts(1, 0, 0, 0)
		}},
		"wakes who waits at its end": {queue.Options{}, func(f, b, _ *fixture) {
			woken := 0
			defer b.Subscribe(func() { woken++ })()
			f.send("a")
			if woken != 1 {
				b.t.Fatalf("woken %d times", woken)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) { chain(t, tt.back, tt.test) })
	}
}

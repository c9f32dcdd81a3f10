package queue_test

import (
	"errors"
	"testing"

	"azureml-dsr/test/emulator/servicebus/queue"
)

func TestSettling(t *testing.T) {
	run(t, map[string]trial{
		"gives messages in the order of sending": {queue.Options{}, func(f *fixture) {
			f.send("a", "b", "c")
			f.receive("a")
			f.receive("b")
			f.receive("c")
			f.nothing()
		}},
		"puts what is released back in its place, uncounted": {queue.Options{MaxDeliveryCount: 1}, func(f *fixture) {
			f.send("a", "b")
			f.settle(queue.Release, f.receive("a").Token)
			if d := f.receive("a"); d.DeliveryCount != 0 {
				f.t.Fatalf("count %d", d.DeliveryCount)
			}
		}},
		"counts what is abandoned": {queue.Options{MaxDeliveryCount: 2}, func(f *fixture) {
			f.send("a", "b")
			f.settle(queue.Abandon, f.receive("a").Token)
			d := f.receive("a")
			if d.DeliveryCount != 1 {
				f.t.Fatalf("count %d", d.DeliveryCount)
			}
			f.settle(queue.Abandon, d.Token)
			f.counts(1, 0, 0, 1)
		}},
		"never dead-letters by count without a maximum": {queue.Options{}, func(f *fixture) {
			f.send("a")
			for range 100 {
				f.settle(queue.Abandon, f.receive("a").Token)
			}
		}},
		"settles all or none": {queue.Options{}, func(f *fixture) {
			f.send("a")
			a := f.receive("a")
			if err := f.Settle(queue.Complete, nil, a.Token, queue.Token{1}); !errors.Is(err, queue.ErrLockLost) {
				f.t.Fatalf("error %v", err)
			}
			f.counts(0, 1, 0, 0)
			f.settle(queue.Complete, a.Token, a.Token)
			f.counts(0, 0, 0, 0)
		}},
		"takes a message out at once": {queue.Options{}, func(f *fixture) {
			f.send("a")
			if d, ok := f.Take(); !ok || d.ID != "a" || d.Payload != "a" {
				f.t.Fatalf("took %+v (%v)", d, ok)
			}
			if _, ok := f.Take(); ok {
				f.t.Fatal("took it twice")
			}
			f.counts(0, 0, 0, 0)
		}},
	})
}

package queue_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"azureml-dsr/test/emulator/servicebus/queue"
)

// setAside sends a message and defers it; its number is 1.
func (f *fixture) setAside(properties ...queue.Property) {
	f.t.Helper()
	f.send("a")
	if err := f.Settle(queue.Defer, properties, f.receive("a").Token); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) deferred(seqs ...int64) []queue.Delivery {
	f.t.Helper()
	list, err := f.ReceiveDeferred(seqs...)
	if err != nil {
		f.t.Fatal(err)
	}
	return list
}

func (f *fixture) wantNotFound(err error) {
	f.t.Helper()
	if !errors.Is(err, queue.ErrNotFound) {
		f.t.Fatalf("error %v", err)
	}
}

func TestDeferral(t *testing.T) {
	run(t, map[string]trial{
		"sets a message aside, with properties, and counts nothing": {queue.Options{MaxDeliveryCount: 1}, func(f *fixture) {
			f.setAside(queue.Property{Name: "why", Value: "later"})
			f.nothing()
			if got, want := f.Counts(), (queue.Counts{Deferred: 1}); got != want {
				f.t.Fatalf("counts %+v", got)
			}
			if d := f.Peek(0, 10); len(d) != 1 || d[0].State != queue.Deferred || !d[0].SetAside {
				f.t.Fatalf("browsed %+v", d)
			}
			d := f.deferred(1, 1)
			if len(d) != 1 || d[0].DeliveryCount != 0 || d[0].State != queue.Locked || fmt.Sprint(d[0].Properties) != "[{why later}]" {
				f.t.Fatalf("received %+v", d)
			}

			f.settle(queue.Complete, d[0].Token)
			f.wantNotFound(second(f.ReceiveDeferred(1)))
		}},
		"keeps a message aside that is abandoned or whose lock runs out, and counts": {queue.Options{}, func(f *fixture) {
			f.setAside()
			f.settle(queue.Abandon, f.deferred(1)[0].Token)
			if d := f.deferred(1)[0]; d.DeliveryCount != 1 {
				f.t.Fatalf("count %d", d.DeliveryCount)
			}

			f.wantNotFound(second(f.ReceiveDeferred(1))) // locked
			f.pass(time.Minute)
			f.nothing()
			d := f.deferred(1)[0]
			if d.DeliveryCount != 2 {
				f.t.Fatalf("count %d", d.DeliveryCount)
			}

			f.settle(queue.Defer, d.Token)
			f.settle(queue.DeadLetter, f.deferred(1)[0].Token)
			f.counts(0, 0, 0, 1)
			f.dead().receive("a")
		}},
		"gives all or none": {queue.Options{}, func(f *fixture) {
			f.setAside()
			f.send("active")
			f.wantNotFound(second(f.ReceiveDeferred(1, 2)))
			f.wantNotFound(second(f.TakeDeferred(1, 99)))
			list, err := f.TakeDeferred(1)
			if err != nil || len(list) != 1 || list[0].ID != "a" {
				f.t.Fatalf("took %+v, error %v", list, err)
			}
			if n := f.Counts().Deferred; n != 0 {
				f.t.Fatalf("%d deferred", n)
			}
		}},
		"looks at the time to live when it is asked for": {queue.Options{TTL: time.Minute, DeadLetterExpired: true}, func(f *fixture) {
			f.setAside()
			f.pass(time.Hour)
			if got, want := f.Counts(), (queue.Counts{Deferred: 1}); got != want {
				f.t.Fatalf("counts %+v", got)
			}
			f.wantNotFound(second(f.ReceiveDeferred(1)))
			f.counts(0, 0, 0, 1)
		}},
		"works in a dead-letter queue": {queue.Options{}, func(f *fixture) {
			f.send("a")
			f.settle(queue.DeadLetter, f.receive("a").Token)
			f.dead().settle(queue.Defer, f.dead().receive("a").Token)
			f.dead().nothing()
			f.counts(0, 0, 0, 1)
			f.dead().settle(queue.Complete, f.dead().deferred(1)[0].Token)
		}},
	})
}

func second[T any](_ T, err error) error { return err }

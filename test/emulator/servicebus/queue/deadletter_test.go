package queue_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"azureml-dsr/test/emulator/servicebus/queue"
)

func TestADeadLetterQueue(t *testing.T) {
	opts := queue.Options{TTL: time.Minute, MaxDeliveryCount: 2}
	for name, test := range map[string]func(f *fixture){
		"keeps numbers, order and counts": func(f *fixture) {
			f.send("a", "b", "c")
			f.settle(queue.Abandon, f.receive("a").Token)
			a, b, c := f.receive("a"), f.receive("b"), f.receive("c")
			f.settle(queue.DeadLetter, c.Token)
			f.settle(queue.DeadLetter, a.Token)
			f.settle(queue.DeadLetter, b.Token)
			if got := browse(f.DeadLetter()); got != "1:a 2:b 3:c" {
				f.t.Fatalf("browsed %s", got)
			}
			if d := f.dead().receive("a"); d.DeliveryCount != 1 {
				f.t.Fatalf("count %d", d.DeliveryCount)
			}
		},
		"adds properties to those that were added before": func(f *fixture) {
			f.send("a")
			if err := f.Settle(queue.Abandon, []queue.Property{{"x", 1}, {"y", 1}}, f.receive("a").Token); err != nil {
				f.t.Fatal(err)
			}
			if err := f.Settle(queue.DeadLetter, []queue.Property{{"y", 2}, {"z", 2}}, f.receive("a").Token); err != nil {
				f.t.Fatal(err)
			}
			if got := fmt.Sprint(f.dead().receive("a").Properties); got != "[{x 1} {y 2} {z 2}]" {
				f.t.Fatalf("properties %s", got)
			}
		},
		"neither counts nor expires": func(f *fixture) {
			f.send("a")
			f.settle(queue.DeadLetter, f.receive("a").Token)

			for range 3 {
				f.dead().settle(queue.Abandon, f.dead().receive("a").Token)
				f.dead().receive("a")
				f.pass(time.Hour)
			}

			if d := f.dead().receive("a"); d.DeliveryCount != 0 {
				f.t.Fatalf("count %d", d.DeliveryCount)
			}
		},
		"takes no dead letter of its own": func(f *fixture) {
			f.send("a")
			f.settle(queue.DeadLetter, f.receive("a").Token)
			d := f.dead().receive("a")
			if err := f.DeadLetter().Settle(queue.DeadLetter, nil, d.Token); !errors.Is(err, queue.ErrDeadAlready) {
				f.t.Fatalf("error %v", err)
			}
			f.dead().settle(queue.Complete, d.Token)
		},
		"knows its own tokens only": func(f *fixture) {
			f.send("a", "b")
			a, b := f.receive("a"), f.receive("b")
			f.settle(queue.DeadLetter, a.Token)
			if err := f.DeadLetter().Settle(queue.Complete, nil, b.Token); !errors.Is(err, queue.ErrLockLost) {
				f.t.Fatalf("error %v", err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) { inBubble(t, opts, test) })
	}
}

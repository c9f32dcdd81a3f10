package queue_test

import (
	"testing"
	"time"

	"azureml-dsr/test/emulator/servicebus/queue"
)

// BenchmarkReceiveAndComplete shows that a long queue is no slower.
func BenchmarkReceiveAndComplete(b *testing.B) {
	for name, backlog := range map[string]int{"of 10": 10, "of 100000": 100_000} {
		b.Run(name, func(b *testing.B) {
			q := queue.New(queue.Options{LockDuration: time.Minute, TTL: time.Hour})
			defer q.Close()

			fill := make([]queue.Message, backlog)
			if _, err := q.Send(fill...); err != nil {
				b.Fatal(err)
			}

			for b.Loop() {
				if _, err := q.Send(queue.Message{}); err != nil {
					b.Fatal(err)
				}
				d, _ := q.Receive()
				if err := q.Settle(queue.Complete, nil, d.Token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

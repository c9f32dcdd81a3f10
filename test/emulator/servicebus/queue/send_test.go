package queue_test

import (
	"errors"
	"testing"
	"time"

	"azureml-dsr/test/emulator/servicebus/queue"
)

func TestSending(t *testing.T) {
	run(t, map[string]trial{
		"takes all messages or none": {queue.Options{MaxBytes: 10}, func(f *fixture) {
			big, small := queue.Message{ID: "big", Size: 6}, queue.Message{ID: "small", Size: 4}
			if _, err := f.Send(big, small, small); !errors.Is(err, queue.ErrFull) {
				f.t.Fatalf("error %v", err)
			}

			f.counts(0, 0, 0, 0)
			if _, err := f.Send(big, small); err != nil {
				f.t.Fatal(err)
			}

			f.settle(queue.Complete, f.receive("big").Token) // makes room
			if _, err := f.Send(big); err != nil {
				f.t.Fatal(err)
			}
		}},
		"keeps a scheduled message back, then appends it": {queue.Options{}, func(f *fixture) {
			at := time.Now().Add(time.Minute)
			if _, err := f.Send(queue.Message{ID: "later", ScheduledFor: at}); err != nil {
				f.t.Fatal(err)
			}

			f.send("a")
			if got := browse(f.Queue); got != "1:later 2:a" {
				f.t.Fatalf("browsed %s", got)
			}

			f.receive("a")
			f.nothing()
			f.counts(0, 1, 1, 0)
			f.pass(time.Minute)
			if got := browse(f.Queue); got != "2:a 3:later" {
				f.t.Fatalf("browsed %s", got)
			}

			for _, d := range f.Peek(3, 1) {
				if !d.EnqueuedAt.Equal(at) {
					f.t.Fatalf("enqueued at %v", d.EnqueuedAt)
				}
			}
		}},
		"cancels scheduled messages, all or none": {queue.Options{}, func(f *fixture) {
			at := time.Now().Add(time.Minute)
			m := queue.Message{ID: "later", ScheduledFor: at}
			seqs, err := f.Send(m, m, queue.Message{ID: "now"})
			if err != nil {
				f.t.Fatal(err)
			}
			if err := f.Cancel(seqs...); !errors.Is(err, queue.ErrNotFound) {
				f.t.Fatalf("error %v", err)
			}

			f.counts(1, 0, 2, 0)
			if err := f.Cancel(seqs[0], seqs[1], seqs[0]); err != nil {
				f.t.Fatal(err)
			}

			f.counts(1, 0, 0, 0)
		}},
	})
}

package queue_test

import (
	"fmt"
	"testing"
	"time"

	"azureml-dsr/test/emulator/servicebus/queue"
)

func TestDuplicateDetection(t *testing.T) {
	run(t, map[string]trial{
		"detects duplicates within the window, and answers the first number": {queue.Options{DuplicateWindow: time.Minute}, func(f *fixture) {
			f.send("a", "b")
			f.settle(queue.Complete, f.receive("a").Token)
			f.pass(time.Minute - 1)
			seqs, err := f.Send(queue.Message{ID: "b"}, queue.Message{ID: "c"}, queue.Message{ID: "a"})
			if err != nil || fmt.Sprint(seqs) != "[2 3 1]" {
				f.t.Fatalf("numbers %v, error %v", seqs, err)
			}

			f.counts(2, 0, 0, 0)
			f.pass(1) // the window of a and b is over, that of c isn't
			f.send("a", "c")
			f.counts(3, 0, 0, 0)
		}},
		"remembers scheduled ids too": {queue.Options{DuplicateWindow: time.Minute}, func(f *fixture) {
			at := time.Now().Add(time.Second)
			for range 2 {
				if _, err := f.Send(queue.Message{ID: "a", ScheduledFor: at}); err != nil {
					f.t.Fatal(err)
				}
			}
			f.send("a")
			f.counts(0, 0, 1, 0)
		}},
	})
}

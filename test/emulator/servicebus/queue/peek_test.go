package queue_test

import (
	"testing"

	"azureml-dsr/test/emulator/servicebus/queue"
)

func TestBrowsing(t *testing.T) {
	run(t, map[string]trial{
		"browses from a number, up to a limit": {queue.Options{}, func(f *fixture) {
			f.send("a", "b", "c", "d")
			f.settle(queue.Complete, f.receive("a").Token, f.receive("b").Token)
			if got := f.Peek(0, 1); len(got) != 1 || got[0].ID != "c" {
				f.t.Fatalf("browsed %+v", got)
			}
			if got := f.Peek(4, 10); len(got) != 1 || got[0].ID != "d" {
				f.t.Fatalf("browsed %+v", got)
			}
			if got := f.Peek(5, 10); len(got) != 0 {
				f.t.Fatalf("browsed %+v", got)
			}
		}},
	})
}

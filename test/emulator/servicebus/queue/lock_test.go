package queue_test

import (
	"errors"
	"testing"
	"time"

	"azureml-dsr/test/emulator/servicebus/queue"
)

func TestLocks(t *testing.T) {
	run(t, map[string]trial{
		"returns a message the moment its lock runs out": {queue.Options{}, func(f *fixture) {
			f.send("a")
			d := f.receive("a")
			f.pass(time.Minute - 1)
			f.nothing()
			f.pass(1)
			if again := f.receive("a"); again.DeliveryCount != 1 || again.Token == d.Token {
				f.t.Fatalf("count %d", again.DeliveryCount)
			}
		}},
		"renews locks, all or none": {queue.Options{}, func(f *fixture) {
			f.send("a", "b")
			a, b := f.receive("a"), f.receive("b")
			f.pass(50 * time.Second)
			if _, err := f.Renew(a.Token, queue.Token{1}); !errors.Is(err, queue.ErrLockLost) {
				f.t.Fatalf("error %v", err)
			}
			until, err := f.Renew(b.Token, b.Token)
			if err != nil || !until.Equal(time.Now().Add(time.Minute)) {
				f.t.Fatalf("until %v, error %v", until, err)
			}

			f.pass(11 * time.Second)
			f.receive("a")
			f.nothing()
		}},
	})
}

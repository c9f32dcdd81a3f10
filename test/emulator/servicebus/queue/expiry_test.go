package queue_test

import (
	"testing"
	"time"

	"azureml-dsr/test/emulator/servicebus/queue"
)

func TestTimeToLive(t *testing.T) {
	run(t, map[string]trial{
		"drops what waited too long": {queue.Options{TTL: time.Minute}, func(f *fixture) {
			f.send("a")
			f.pass(time.Minute)
			f.counts(0, 0, 0, 0)
		}},
		"keeps what waited too long with the dead letters": {queue.Options{TTL: time.Minute, DeadLetterExpired: true}, func(f *fixture) {
			f.send("a")
			f.pass(time.Minute)
			f.counts(0, 0, 0, 1)
		}},
		"lets a message live shorter, not longer": {queue.Options{TTL: time.Minute}, func(f *fixture) {
			for id, ttl := range map[string]time.Duration{"short": time.Second, "long": time.Hour} {
				if _, err := f.Send(queue.Message{ID: id, TTL: ttl}); err != nil {
					f.t.Fatal(err)
				}
			}

			f.pass(2 * time.Second)
			if d := f.receive("long"); d.TimeToLive != time.Minute {
				f.t.Fatalf("lives for %v", d.TimeToLive)
			}

			f.nothing()
		}},
		"expires a locked message only when it returns": {queue.Options{TTL: 30 * time.Second}, func(f *fixture) {
			f.send("a")
			d := f.receive("a")
			f.pass(40 * time.Second)
			f.counts(0, 1, 0, 0)
			f.settle(queue.Release, d.Token)
			f.counts(0, 0, 0, 0)
		}},
	})
}

package queue_test

import (
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/test/emulator/servicebus/queue"
)

func TestAMovedClockMakesDueWhatIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := queue.NewClock()
		q := queue.New(queue.Options{LockDuration: time.Minute, Clock: clock})
		defer q.Close()

		f := &fixture{q, t}
		f.send("locked")
		f.receive("locked")
		woken := 0
		defer q.Subscribe(func() { woken++ })()

		begin := time.Now()
		clock.Advance(50 * time.Second)
		q.Tick()
		f.counts(0, 1, 0, 0)
		f.pass(10 * time.Second) // the timer knows of the 50 seconds
		if woken != 1 {
			t.Fatalf("woken %d times", woken)
		}
		d := f.receive("locked")
		if want := begin.Add(2 * time.Minute); d.DeliveryCount != 1 || !d.LockedUntil.Equal(want) {
			t.Fatalf("count %d, locked until %v, want %v", d.DeliveryCount, d.LockedUntil, want)
		}
		if got := clock.Now(); !got.Equal(begin.Add(time.Minute)) {
			t.Fatalf("the clock shows %v", got)
		}

		f.settle(queue.DeadLetter, d.Token)
		f.dead().receive("locked")
		clock.Advance(time.Minute)
		q.Tick() // the dead-letter queue too
		f.dead().receive("locked")
	})
}

func TestALockThatIsEndedEarlyIsLost(t *testing.T) {
	run(t, map[string]trial{
		"and the message comes again, counted": {queue.Options{}, func(f *fixture) {
			f.send("a")
			lost := f.receive("a").Token
			f.Expire(lost, queue.Token{1})
			if d := f.receive("a"); d.DeliveryCount != 1 {
				f.t.Fatalf("count %d", d.DeliveryCount)
			}
			if err := f.Settle(queue.Complete, nil, lost); err == nil {
				f.t.Fatal("the lost lock settled it")
			}
		}},
	})
}

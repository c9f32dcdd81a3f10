package queue_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"azureml-dsr/internal/local/servicebus/queue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fixture is a queue in a bubble, whose clock jumps.
type fixture struct {
	*queue.Queue
	t *testing.T
}

func inBubble(t *testing.T, opts queue.Options, test func(f *fixture)) {
	t.Helper()
	if opts.LockDuration == 0 {
		opts.LockDuration = time.Minute
	}
	synctest.Test(t, func(t *testing.T) {
		q := queue.New(opts)
		defer q.Close()
		test(&fixture{q, t})
	})
}

func (f *fixture) send(ids ...string) {
	f.t.Helper()
	for _, id := range ids {
		if _, err := f.Send(queue.Message{ID: id, Payload: id}); err != nil {
			f.t.Fatal(err)
		}
	}
}

func (f *fixture) receive(want string) queue.Delivery {
	f.t.Helper()
	d, ok := f.Receive()
	if !ok || d.ID != want {
		f.t.Fatalf("received %q (%v), want %q", d.ID, ok, want)
	}
	return d
}

func (f *fixture) nothing() {
	f.t.Helper()
	if d, ok := f.Receive(); ok {
		f.t.Fatalf("received %q, want nothing", d.ID)
	}
}

func (f *fixture) settle(o queue.Outcome, tokens ...queue.Token) {
	f.t.Helper()
	if err := f.Settle(o, nil, tokens...); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) counts(active, locked, scheduled, dead int) {
	f.t.Helper()
	want := queue.Counts{Active: active, Locked: locked, Scheduled: scheduled, DeadLetter: dead}
	if got := f.Counts(); got != want {
		f.t.Fatalf("counts %+v, want %+v", got, want)
	}
}

func (f *fixture) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func (f *fixture) dead() *fixture { return &fixture{f.DeadLetter(), f.t} }

func browse(q *queue.Queue) string {
	var list []string
	for _, d := range q.Peek(0, 1000) {
		list = append(list, fmt.Sprintf("%d:%s", d.Sequence, d.ID))
	}
	return strings.Join(list, " ")
}

func TestAQueue(t *testing.T) {
	for name, tt := range map[string]struct {
		opts queue.Options
		test func(f *fixture)
	}{
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
	} {
		t.Run(name, func(t *testing.T) { inBubble(t, tt.opts, tt.test) })
	}
}

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

func TestSubscribersAreWokenWhenAMessageBecomesActive(t *testing.T) {
	inBubble(t, queue.Options{}, func(f *fixture) {
		woken, dead := 0, 0
		cancel := f.Subscribe(func() { woken++ })
		defer f.DeadLetter().Subscribe(func() { dead++ })()
		expect := func(n, d int, what string) {
			f.t.Helper()
			if woken != n || dead != d {
				f.t.Fatalf("after %s: woken %d and %d times, want %d and %d", what, woken, dead, n, d)
			}
		}
		f.send("a")
		expect(1, 0, "a send")
		if _, err := f.Send(queue.Message{ID: "later", ScheduledFor: time.Now().Add(time.Second)}); err != nil {
			f.t.Fatal(err)
		}
		expect(1, 0, "a send for later")
		f.pass(time.Second)
		expect(2, 0, "its activation")
		d := f.receive("a")
		expect(2, 0, "a receive")
		f.settle(queue.Release, d.Token)
		expect(3, 0, "a release")
		f.receive("a")
		f.pass(time.Minute)
		expect(4, 0, "a lock's expiry")
		f.settle(queue.DeadLetter, f.receive("a").Token)
		expect(4, 1, "a dead-lettering")
		cancel()
		f.send("b")
		expect(4, 1, "a cancellation")
	})
}

func TestNothingHappensAfterClose(t *testing.T) {
	inBubble(t, queue.Options{}, func(f *fixture) {
		f.send("a")
		f.receive("a")
		woken := false
		f.Subscribe(func() { woken = true })
		f.Close()
		f.pass(time.Hour)
		if woken {
			t.Fatal("a timer fired")
		}
	})
}

package queue_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"azureml-dsr/test/emulator/servicebus/queue"
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
	want := queue.Counts{
		Active:     active,
		Locked:     locked,
		Scheduled:  scheduled,
		DeadLetter: dead,
	}
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

// trial is a test of a queue with some options.
type trial struct {
	opts queue.Options
	test func(f *fixture)
}

func run(t *testing.T, trials map[string]trial) {
	t.Helper()
	for name, tt := range trials {
		t.Run(name, func(t *testing.T) { inBubble(t, tt.opts, tt.test) })
	}
}

func TestSubscribersAreWokenWhenAMessageBecomesActive(t *testing.T) {
	inBubble(t, queue.Options{}, func(f *fixture) {
		var woken, dead atomic.Int32
		cancel := f.Subscribe(func() { woken.Add(1) })
		defer f.DeadLetter().Subscribe(func() { dead.Add(1) })()

		expect := func(n, d int32, what string) {
			f.t.Helper()
			if woken.Load() != n || dead.Load() != d {
				f.t.Fatalf("after %s: woken %d and %d times, want %d and %d", what, woken.Load(), dead.Load(), n, d)
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
		var woken atomic.Bool
		f.Subscribe(func() { woken.Store(true) })
		f.Close()
		f.pass(time.Hour)
		if woken.Load() {
			t.Fatal("a timer fired")
		}
	})
}

package functionshost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

// fakeQueue is a receiver in memory; its locks last a minute. It notes what is
// done to messages, with the seconds since it was made.
type fakeQueue struct {
	began    time.Time
	waiting  chan *azservicebus.ReceivedMessage
	renewErr error
	// onReceive is called when a message has been received.
	onReceive func()

	mu      sync.Mutex
	asked   []int
	settled []string
	fails   int // receives that fail before one succeeds
	closed  bool
}

func newFakeQueue(n int) *fakeQueue {
	q := &fakeQueue{began: time.Now(), waiting: make(chan *azservicebus.ReceivedMessage, 100)}
	for i := range n {
		q.waiting <- numbered(i + 1)
	}
	return q
}

// numbered makes a message; its number is in its lock token.
func numbered(n int) *azservicebus.ReceivedMessage {
	return &azservicebus.ReceivedMessage{MessageID: "m", LockToken: [16]byte{byte(n)}}
}

func (q *fakeQueue) note(action string, m *azservicebus.ReceivedMessage) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if m.MessageID == "" {
		action += " by token"
		if !q.closed {
			action += ", too early"
		}
	}
	q.settled = append(q.settled, fmt.Sprintf("%s m%d %.0f", action, m.LockToken[0], time.Since(q.began).Seconds()))
}

func (q *fakeQueue) notes() string {
	q.mu.Lock()
	defer q.mu.Unlock()
	slices.Sort(q.settled)
	return strings.Join(q.settled, "; ")
}

func (q *fakeQueue) ReceiveMessages(ctx context.Context, limit int, _ *azservicebus.ReceiveMessagesOptions) ([]*azservicebus.ReceivedMessage, error) {
	q.mu.Lock()
	q.asked = append(q.asked, limit)
	failing := q.fails > 0
	q.fails--
	q.mu.Unlock()
	if failing {
		return nil, errors.New("away")
	}

	var got []*azservicebus.ReceivedMessage
	for len(got) < limit {
		if len(got) > 0 && len(q.waiting) == 0 {
			break
		}

		select {
		case m := <-q.waiting:
			m.LockedUntil = lockEnd()
			got = append(got, m)
			if q.onReceive != nil {
				q.onReceive()
			}
		case <-ctx.Done():
			return got, ctx.Err()
		}
	}

	return got, nil
}

func lockEnd() *time.Time {
	t := time.Now().Add(time.Minute)
	return &t
}

func (q *fakeQueue) RenewMessageLock(_ context.Context, m *azservicebus.ReceivedMessage, _ *azservicebus.RenewMessageLockOptions) error {
	q.note("renew", m)
	if q.renewErr == nil {
		m.LockedUntil = lockEnd()
	}
	return q.renewErr
}

func (q *fakeQueue) CompleteMessage(_ context.Context, m *azservicebus.ReceivedMessage, _ *azservicebus.CompleteMessageOptions) error {
	q.note("complete", m)
	return nil
}

var errLockLost = &azservicebus.Error{Code: azservicebus.CodeLockLost}

func (q *fakeQueue) AbandonMessage(_ context.Context, m *azservicebus.ReceivedMessage, _ *azservicebus.AbandonMessageOptions) error {
	q.note("abandon", m)
	return errLockLost
}

func (q *fakeQueue) Close(context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	return errors.New("closed already")
}

// works is an invoker whose runs take a time and end with an error or none.
type works struct {
	takes time.Duration
	err   error

	mu       sync.Mutex
	now, max int
}

func (w *works) invoke(ctx context.Context, _ string, _ []byte) error {
	w.count(1)
	defer w.count(-1)
	select {
	case <-time.After(w.takes):
		return w.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *works) count(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now += n
	w.max = max(w.max, w.now)
}

func newBusListener(q *fakeQueue, w invoker, trigger ServiceBusTrigger) *busListener {
	if trigger.MaxConcurrentCalls == 0 {
		trigger.MaxConcurrentCalls = 16
	}
	return &busListener{
		name:       "f",
		binding:    "m",
		trigger:    trigger,
		receiver:   q,
		late:       q,
		linkClosed: make(chan struct{}),
		invoker:    w,
		log:        quiet,
	}
}

// listenFor runs a listener for a time; then it stops and drains.
func listenFor(t *testing.T, l *busListener, d time.Duration) {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	l.run(ctx, t.Context())
}

func TestSettlementFollowsTheAnswer(t *testing.T) {
	tests := []struct {
		name         string
		autoComplete bool
		err          error
		want         string
	}{
		{"success is completed", true, nil, "complete m1 1"},
		{"success is left to the handler without autoComplete", false, nil, ""},
		{"failure is abandoned", true, errors.New("x"), "abandon m1 1"},
		{"failure is abandoned without autoComplete too", false, errors.New("x"), "abandon m1 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := newFakeQueue(1)
				listenFor(t, newBusListener(q, &works{takes: time.Second, err: tt.err}, ServiceBusTrigger{AutoComplete: tt.autoComplete}), time.Minute)
				if got := q.notes(); got != tt.want {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			})
		})
	}
}

func TestNoMoreIsReceivedThanThereAreFreeSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, w := newFakeQueue(10), &works{takes: time.Second}
		listenFor(t, newBusListener(q, w, ServiceBusTrigger{MaxConcurrentCalls: 3, AutoComplete: true}), 10*time.Second)

		if w.max != 3 {
			t.Errorf("%d at once, want 3", w.max)
		}
		if slices.Max(q.asked) > 3 {
			t.Errorf("asked for %v", q.asked)
		}
		// Ten messages of a second in three slots take four seconds.
		if got := q.notes(); strings.Count(got, "complete") != 10 || !strings.Contains(got, "m10 4") {
			t.Errorf("got %s", got)
		}
	})
}

func TestAFreeSlotDoesNotWaitForTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newFakeQueue(1)
		l := newBusListener(q, &works{takes: time.Minute}, ServiceBusTrigger{MaxConcurrentCalls: 2, AutoComplete: true})
		time.AfterFunc(10*time.Second, func() { q.waiting <- numbered(2) })
		listenFor(t, l, 100*time.Second)
		if got := q.notes(); !strings.Contains(got, "complete m1 60") || !strings.Contains(got, "complete m2 70") {
			t.Errorf("got %s", got)
		}
	})
}

func TestLocksAreRenewedWhileTheInvocationRuns(t *testing.T) {
	tests := []struct {
		name     string
		longest  time.Duration
		renewErr error
		want     string
	}{
		{"ten seconds before each lock's end", 5 * time.Minute, nil, "complete m1 130; renew m1 100; renew m1 50"},
		{"without end", -1, nil, "complete m1 130; renew m1 100; renew m1 50"},
		{"no longer than the longest renewal", time.Minute, nil, "complete m1 130; renew m1 50"},
		{"not at all", 0, nil, "complete m1 130"},
		{"until the lock is lost", 5 * time.Minute, errLockLost, "complete m1 130; renew m1 50"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := newFakeQueue(1)
				q.renewErr = tt.renewErr
				listenFor(t, newBusListener(q, &works{takes: 130 * time.Second}, ServiceBusTrigger{AutoComplete: true, MaxLockRenewal: tt.longest}), 10*time.Minute)
				if got := q.notes(); got != tt.want {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			})
		})
	}
}

func TestARenewalThatFailsIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newFakeQueue(1)
		q.renewErr = errors.New("busy")
		listenFor(t, newBusListener(q, &works{takes: 62 * time.Second}, ServiceBusTrigger{AutoComplete: true, MaxLockRenewal: -1}), 2*time.Minute)
		// At 50 s, half-way to the end at 60 s, and so on, but a second apart at least.
		if got := q.notes(); got != "complete m1 62; renew m1 50; renew m1 55; renew m1 58; renew m1 59; renew m1 60; renew m1 61; renew m1 62" {
			t.Errorf("got %q", got)
		}
	})
}

func TestWhatEndsWhileTheListenerStopsIsAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newFakeQueue(1)
		listenFor(t, newBusListener(q, &works{takes: 70 * time.Second}, ServiceBusTrigger{AutoComplete: true, MaxLockRenewal: -1}), time.Second)
		// It was let finish, without renewals, and the link was closed before.
		if got := q.notes(); got != "abandon by token m1 70" || !q.closed {
			t.Errorf("got %q", got)
		}
	})
}

func TestWhatIsCutOffIsAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newFakeQueue(1)
		invoke, cutOff := context.WithTimeout(t.Context(), 5*time.Second)
		defer cutOff()
		listen, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		newBusListener(q, &works{takes: time.Hour}, ServiceBusTrigger{AutoComplete: true}).run(listen, invoke)
		if got := q.notes(); got != "abandon by token m1 5" {
			t.Errorf("got %q", got)
		}
	})
}

func TestAMessageThatArrivesWhileStoppingIsNotRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, w := newFakeQueue(0), &works{}
		l := newBusListener(q, w, ServiceBusTrigger{AutoComplete: true})
		ctx, stop := context.WithCancel(t.Context())
		q.waiting <- numbered(1)
		q.onReceive = stop
		l.run(ctx, t.Context())
		if got := q.notes(); got != "abandon by token m1 0" || w.max != 0 {
			t.Errorf("got %q, %d runs", got, w.max)
		}
	})
}

func TestReceivingGoesOnAfterErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newFakeQueue(1)
		q.fails = 3
		listenFor(t, newBusListener(q, &works{}, ServiceBusTrigger{AutoComplete: true}), time.Minute)
		if got := q.notes(); got != "complete m1 3" { // a second's pause after each
			t.Errorf("got %q", got)
		}
		if q.asked[3] != 16 {
			t.Errorf("asked for %v: slots were lost", q.asked)
		}
	})
}

func TestAMessageThatCannotBeBoundIsAbandonedWithoutARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, w := newFakeQueue(0), &works{}
		m := numbered(1)
		m.RawAMQPMessage = &azservicebus.AMQPAnnotatedMessage{Body: azservicebus.AMQPAnnotatedMessageBody{Value: 1}}
		q.waiting <- m
		listenFor(t, newBusListener(q, w, ServiceBusTrigger{Binary: true}), time.Second)
		if got := q.notes(); got != "abandon m1 0" || w.max != 0 {
			t.Errorf("got %q, %d runs", got, w.max)
		}
	})
}

func TestASettlementThatFailsIsLoggedInTheHostsWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		l := newBusListener(newFakeQueue(1), &works{err: errors.New("x")}, ServiceBusTrigger{})
		l.log = slog.New(slog.NewTextHandler(&out, nil))
		listenFor(t, l, time.Second)
		if got := out.String(); !strings.Contains(got, `level=ERROR msg="Message processing error" action=Abandon lockLost=true`) {
			t.Errorf("got %s", got)
		}
	})
}

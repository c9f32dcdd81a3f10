package wakeup_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/wakeup"
)

// sent is a queue that writes down what it is given, or fails.
type sent struct {
	messages []dsr.Message
	err      error
}

func (s *sent) Send(_ context.Context, _ string, messages ...dsr.Message) error {
	if s.err == nil {
		s.messages = append(s.messages, messages...)
	}
	return s.err
}

func TestWakeUpsOfOneSecondAreOneMessage(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 300_000_000, time.UTC)
	q := &sent{}
	n := wakeup.New(q, func() time.Time { return now })
	a, b := dsr.Attempt{RequestID: "a", Number: 1}, dsr.Attempt{RequestID: "b", Number: 1}
	wake := func(a dsr.Attempt) {
		t.Helper()
		if err := n.Wake(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}

	q.err = errors.New("lost")

	if err := n.Wake(t.Context(), a); err == nil {
		t.Error("a wake-up that was not sent is taken for sent")
	}

	q.err = nil
	wake(a)
	wake(a)
	wake(b)
	if len(q.messages) != 2 {
		t.Fatalf("%d messages, want one for each attempt", len(q.messages))
	}

	if m := q.messages[0]; m.ID != "close.a.1.1795514401" || !m.NotBefore.Equal(now.Truncate(time.Second).Add(time.Second)) {
		t.Errorf("message %s for %s, want it named after the next whole second", m.ID, m.NotBefore)
	}

	now = now.Add(time.Second)
	wake(a)

	if len(q.messages) != 3 {
		t.Errorf("%d messages, want another in the next second", len(q.messages))
	}
}

func TestAWakeUpLaterIsForTheNextMultipleOfFiveSeconds(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	q := &sent{}
	s := wakeup.New(q, func() time.Time { return now })
	for range 11 { // seconds
		if err := s.WakeLater(t.Context(), dsr.Attempt{RequestID: "a", Number: 1}); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Second)
	}

	var got []string
	for _, m := range q.messages {
		got = append(got, m.NotBefore.Format("05.000"))
	}
	if diff := cmp.Diff([]string{"05.000", "10.000", "15.000"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAWakeUpSoonIsForTheNextTick(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 340_000_000, time.UTC)
	q := &sent{}
	s := wakeup.New(q, func() time.Time { return now })
	a := dsr.Attempt{RequestID: "a", Number: 1}
	for range 2 { // the second one is for the same tick
		if err := s.WakeSoon(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(600 * time.Millisecond) // the next tick is a whole second
	if err := s.WakeSoon(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if err := s.Wake(t.Context(), a); err != nil {
		t.Fatal(err)
	}

	var got []string
	for _, m := range q.messages {
		got = append(got, m.ID+" at "+m.NotBefore.Format("05.000"))
	}
	want := []string{
		"close.a.1.1795514400-4-last at 00.400",
		"close.a.1.1795514401-last at 01.000", // says what the last one would say, and more
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	w, err := dsr.DecodeWakeUp(q.messages[0].Body)
	if err != nil || !w.At().Equal(q.messages[0].NotBefore) {
		t.Errorf("the wake-up says %s, %v", w.At(), err)
	}
}

// An ordinary wake-up of the same tick must not stand for one of an attempt that may be
// done, neither in this process nor in the queue, which knows messages by their ids.
func TestAnOrdinaryWakeUpDoesNotHideALastOne(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 950_000_000, time.UTC)
	q := &sent{}
	s := wakeup.New(q, func() time.Time { return now })
	a := dsr.Attempt{RequestID: "a", Number: 1}
	if err := errors.Join(s.Wake(t.Context(), a), s.WakeSoon(t.Context(), a)); err != nil {
		t.Fatal(err)
	}

	if len(q.messages) != 2 || q.messages[0].ID == q.messages[1].ID {
		t.Fatalf("sent %v, want two with ids of their own", q.messages)
	}

	last, err := dsr.DecodeWakeUp(q.messages[1].Body)
	if err != nil || !last.Last {
		t.Fatalf("the wake-up says %+v, %v", last, err)
	}
	if err := s.Follow(t.Context(), last, now.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if next, err := dsr.DecodeWakeUp(q.messages[2].Body); err != nil || !next.Last {
		t.Errorf("the one in its place says %+v, %v", next, err)
	}
}

func TestWhatFollowsAWakeUpIsNamedLaterThanItAndThanNow(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 920_000_000, time.UTC)
	after := func(d time.Duration) time.Time { return now.Truncate(dsr.WakeUpTick).Add(d) }
	for name, tt := range map[string]struct{ wakeUp, at, want time.Time }{
		"at its time":                     {after(-5 * time.Second), after(30 * time.Second), after(30 * time.Second)},
		"not before its time":             {after(-5 * time.Second), after(time.Second + 1), after(time.Second + dsr.WakeUpTick)},
		"at once":                         {after(-5 * time.Second), now, after(dsr.WakeUpTick)},
		"in the past":                     {after(-5 * time.Second), after(-time.Minute), after(dsr.WakeUpTick)},
		"of one ahead of a slow clock":    {after(90 * time.Second), after(30 * time.Second), after(90*time.Second + dsr.WakeUpTick)},
		"of one of this tick":             {after(0), now, after(dsr.WakeUpTick)},
		"of one of the tick that is next": {after(dsr.WakeUpTick), now, after(2 * dsr.WakeUpTick)},
	} {
		t.Run(name, func(t *testing.T) {
			q := &sent{}
			s := wakeup.New(q, func() time.Time { return now })
			before := dsr.WakeUp{
				RequestID: "a",
				Attempt:   1,
				Second:    tt.wakeUp.Unix(),
				Tick:      tt.wakeUp.Nanosecond() / int(dsr.WakeUpTick),
			}
			if err := s.Follow(t.Context(), before, tt.at); err != nil {
				t.Fatal(err)
			}

			if got := q.messages[0].NotBefore; !got.Equal(tt.want) {
				t.Errorf("it is followed at %s, want %s", got.UTC().Format("05.000"), tt.want.Format("05.000"))
			}
		})
	}
}

package wakeup_test

import (
	"context"
	"errors"
	"testing"
	"time"

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

func TestNudgesOfOneSecondAreOneMessage(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 300_000_000, time.UTC)
	q := &sent{}
	n := wakeup.New(q, func() time.Time { return now })
	a, b := dsr.Attempt{RequestID: "a", Number: 1}, dsr.Attempt{RequestID: "b", Number: 1}
	nudge := func(a dsr.Attempt) {
		t.Helper()
		if err := n.Wake(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}

	q.err = errors.New("lost")

	if err := n.Wake(t.Context(), a); err == nil {
		t.Error("a nudge that was not sent is taken for sent")
	}

	q.err = nil
	nudge(a)
	nudge(a)
	nudge(b)
	if len(q.messages) != 2 {
		t.Fatalf("%d messages, want one for each attempt", len(q.messages))
	}

	if m := q.messages[0]; m.ID != "close.a.1.1795514401" || !m.NotBefore.Equal(now.Truncate(time.Second).Add(time.Second)) {
		t.Errorf("message %s for %s, want it named after the next whole second", m.ID, m.NotBefore)
	}

	now = now.Add(time.Second)
	nudge(a)

	if len(q.messages) != 3 {
		t.Errorf("%d messages, want another in the next second", len(q.messages))
	}
}

func TestWhatFollowsANudgeIsNamedLaterThanItAndThanNow(t *testing.T) {
	const now = 1_795_514_400
	for name, tt := range map[string]struct{ nudge, at, want int64 }{
		"at its time": {now - 5, now + 30, now + 30},
		"at once":     {now - 5, now, now + 1},
		"in the past": {now - 5, now - 60, now + 1},
		"of a nudge that is ahead of a slow clock": {now + 90, now + 30, now + 91},
		"of a nudge of this second":                {now, now, now + 1},
	} {
		t.Run(name, func(t *testing.T) {
			q := &sent{}
			n := wakeup.New(q, func() time.Time { return time.Unix(now, 900_000_000) })
			nudge := dsr.WakeUp{RequestID: "a", Attempt: 1, Second: tt.nudge}
			if err := n.Follow(t.Context(), nudge, time.Unix(tt.at, 0)); err != nil {
				t.Fatal(err)
			}

			if got := q.messages[0].NotBefore.Unix(); got != tt.want {
				t.Errorf("it is followed at %d, want %d", got-now, tt.want-now)
			}
		})
	}
}

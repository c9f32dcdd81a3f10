package upstream

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/upstream/upstreamtest"
)

// Before any answer has told how many calls are left, a few find out, and the others wait,
// though not for ever.
func TestAFewCallsFindOutHowManyAreLeft(t *testing.T) {
	for name, c := range map[string]struct {
		answerTime time.Duration
		left       string
		during     int // calls that have started when the first answer is due
	}{
		"of a quota that is told":   {100 * time.Millisecond, "200", probes},
		"of one that isn't":         {100 * time.Millisecond, "", probes},
		"which takes long to learn": {3 * time.Second, "200", 20},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transport := upstreamtest.Serve(func(w http.ResponseWriter, _ *http.Request) {
					<-time.After(c.answerTime) // in the bubble's time
					w.Header().Set(remainingReads, c.left)
				})
				client := newClient(t, transport)
				for range 20 {
					go func() { _ = get(t, client, here, "") }()
				}
				<-time.After(c.answerTime - time.Millisecond) // in the bubble's time
				if n := len(transport.Requests()); n != c.during {
					t.Errorf("%d calls have started", n)
				}
				<-time.After(time.Minute) // in the bubble's time
			})
		})
	}
}

// A call that fails without an answer holds no other up.
func TestCallsThatFailHoldNobodyUp(t *testing.T) {
	l := &line{}
	now := time.Now()
	for range 3 * probes {
		c := l.join(time.Time{})
		if wait := l.turnOf(c, now, 0); wait != 0 {
			t.Fatalf("a call waits for %s", wait)
		}
		l.land(0, false, now)
	}
	if l.inUse(now) {
		t.Error("a line without calls is in use")
	}
}

// Who has been idle knows nothing of who shares the quota by now.
func TestAPaceIsForgottenWhenNobodyCalls(t *testing.T) {
	now := time.Now()
	p := newPace(200, now)
	l := &line{pace: &p}
	l.pace.rate = 100

	c := l.join(time.Time{})
	if l.turnOf(c, now.Add(outdated+time.Second), 0); l.pace != nil {
		t.Errorf("the old pace is kept: %v a second", l.pace.rate)
	}
}

// What has begun first is to end first, and a lone call has nobody behind it who waits.
func TestTheOldestWorkIsFirstInLine(t *testing.T) {
	l := &line{}
	now := time.Now()
	young, old, lone := l.join(now), l.join(now.Add(-time.Minute)), l.join(time.Time{})
	if len(l.waiting) != 3 || l.waiting[0] != lone || l.waiting[1] != old || l.waiting[2] != young {
		t.Errorf("they stand in another order")
	}
}

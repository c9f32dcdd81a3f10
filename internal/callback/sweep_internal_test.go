package callback

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
)

// sweepOnce is one run of the watch.
func (s *scene) sweepOnce() {
	s.t.Helper()
	s.must(s.sweep.Run(s.t.Context()))
}

// onIndex reports whether the attempt's callbacks may be owed something.
func (s *scene) onIndex() bool {
	s.t.Helper()
	for a, err := range s.ledger.ListOwed(s.t.Context(), "") {
		s.must(err)
		return a == s.attempt
	}
	return false
}

func TestALostMessageIsSentAgain(t *testing.T) {
	deadLetter := func(s *scene) { s.queue.dead = s.queue.take() }
	lose := func(s *scene) { s.queue.take() }
	tell := func(sequence, callback int, outcome string) func(*scene) {
		return func(s *scene) {
			lose(s)
			s.must(s.ledger.RecordTold(s.t.Context(), dsr.Told{RequestID: "r", Sequence: sequence, Callback: callback, Outcome: outcome}))
		}
	}

	for name, tt := range map[string]struct {
		happens func(*scene)
		after   time.Duration
		want    []string // that wait then
	}{
		"it is lost":                          {lose, 16 * time.Minute, []string{"r~1~1"}},
		"it may yet come":                     {lose, 15 * time.Minute, nil},
		"it waits":                            {func(*scene) {}, time.Hour, []string{"r~1~1"}},
		"it is dead":                          {deadLetter, time.Hour, nil},
		"it was delivered":                    {tell(1, 1, dsr.ToldDelivered), time.Hour, nil},
		"another callback has heard":          {tell(1, 2, dsr.ToldDelivered), time.Hour, []string{"r~1~1"}},
		"another change was delivered":        {tell(2, 1, dsr.ToldDelivered), time.Hour, []string{"r~1~1"}},
		"its receiver wants to hear no more":  {tell(2, 1, dsr.ToldStopped), time.Hour, nil},
		"another receiver wants to hear none": {tell(2, 2, dsr.ToldStopped), time.Hour, []string{"r~1~1"}},
		"its tries are over":                  {tell(1, 1, dsr.ToldDead), time.Hour, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newScene(t, hook)
				s.must(s.ledger.RecordOwed(t.Context(), s.attempt))
				s.note(nil)
				tt.happens(s)

				s.now = time.Now().Add(tt.after) // storage's clock stands still
				s.sweepOnce()

				if diff := cmp.Diff(tt.want, s.sent()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestWhatNobodyHasNotedIsTold has a process die before it notes how the attempt was closed.
func TestWhatNobodyHasNotedIsTold(t *testing.T) {
	s := newScene(t, hook)
	s.must(s.ledger.RecordOwed(t.Context(), s.attempt))
	s.closeAttempt()

	s.sweepOnce()

	if diff := cmp.Diff([]string{"received", "completed"}, s.changes()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !s.onIndex() {
		t.Error("nothing has come of the changes, and the index forgets them")
	}
}

// closeAttempt stores a manifest.
func (s *scene) closeAttempt() {
	s.t.Helper()
	s.must(s.store.Put(s.t.Context(), s.attempt.Manifest(), []byte(`{"status":"succeeded"}`), nil))
}

func TestTheIndexForgetsAnAttemptWhenItIsOwedNothingMore(t *testing.T) {
	for name, tt := range map[string]struct {
		closed bool
		told   []int // of the two changes of a closed attempt
		want   bool  // still on the index
	}{
		"it is open":              {false, []int{1}, true},
		"nothing has come of one": {true, []int{1}, true},
		"something of each":       {true, []int{1, 2}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, hook)
			s.must(s.ledger.RecordOwed(t.Context(), s.attempt))
			if tt.closed {
				s.closeAttempt()
			}
			s.sweepOnce()
			for _, n := range tt.told {
				s.must(s.ledger.RecordTold(t.Context(), dsr.Told{RequestID: "r", Sequence: n, Callback: 1, Outcome: dsr.ToldDelivered}))
			}

			s.sweepOnce()

			if got := s.onIndex(); got != tt.want {
				t.Errorf("on the index: %t", got)
			}
		})
	}
}

func TestANameOnTheIndexThatIsNobodysKeepsNoOther(t *testing.T) {
	s := newScene(t, hook)
	s.must(s.store.Put(t.Context(), dsr.CallbacksPrefix+"a", []byte("{}"), nil))
	s.must(s.ledger.RecordOwed(t.Context(), dsr.Attempt{RequestID: "never-recorded", Number: 1}))
	s.must(s.ledger.RecordOwed(t.Context(), s.attempt))

	s.sweepOnce()

	if diff := cmp.Diff([]string{"r~1~1"}, s.sent()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

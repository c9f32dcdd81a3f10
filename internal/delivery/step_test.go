package delivery_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

// inSteps has the clock move on by itself, so that a delivery takes one step.
func (s *scene) inSteps() {
	s.maker.StepTime = time.Second
	s.maker.Now = func() time.Time {
		s.now = s.now.Add(time.Second)
		return s.now
	}
}

// deliverAll takes messages until none waits, and returns how many it took.
func (s *scene) deliverAll() (taken int) {
	s.t.Helper()
	for len(s.queue.sent) > 0 && taken < 100 {
		s.Must(s.deliver())
		taken++
	}
	return taken
}

// steps lists the steps and states that are stored.
func (s *scene) steps() (steps, states []string) {
	for _, name := range s.names("req-1/copy/") {
		switch {
		case strings.HasPrefix(name, "0001-step-"):
			steps = append(steps, name)
		case strings.HasPrefix(name, "0001-state-"):
			states = append(states, name)
		}
	}
	return steps, states
}

func TestACopyIsMadeInAsManyDeliveriesAsItTakes(t *testing.T) {
	want := newScene(t).made()

	s := newScene(t)
	s.inSteps()
	s.order()
	s.Must(s.deliver())
	steps, states := s.steps()
	if !slices.Equal(steps, []string{"0001-step-00001.json"}) || len(states) != 1 || s.zip() != nil || len(s.queue.sent) != 1 {
		t.Fatalf("after a delivery: %v, %v, %d messages", steps, states, len(s.queue.sent))
	}

	if c := s.state(); c.State != operator.CopyMaking || c.Read == 0 {
		t.Errorf("nothing tells how far it is: %+v", c)
	}

	taken := s.deliverAll()
	steps, states = s.steps()
	if taken < 4 || len(steps) != taken+1 || len(states) > 0 {
		t.Errorf("%d more deliveries, %v, %v", taken, steps, states)
	}
	if c := s.state(); !bytes.Equal(s.zip(), want) || c.State != operator.CopyReady || c.Bytes != int64(len(want)) {
		t.Errorf("%d bytes, not %d: %+v", len(s.zip()), len(want), c)
	}
}

func TestWhatIsUncertainIsListedInAsManyDeliveriesAsItTakes(t *testing.T) {
	whole, s := newScene(t), newScene(t)
	whole.reviewing()
	s.inSteps()
	_, err := s.operator.OrderCopy(t.Context(), operator.CopyOrder{ID: "req-1", By: "desk", Review: true})
	s.Must(err)
	s.deliverAll()

	list := func(s *scene) (out []dsr.ReviewPlace) {
		s.Must(s.Ledger.EachPlace(t.Context(), copy1, 0, func(p dsr.ReviewPlace, _ int64) bool {
			out = append(out, p)
			return true
		}))
		return out
	}
	steps, states := s.steps()
	if got, want := list(s), list(whole); len(want) == 0 || len(got) != len(want) || len(steps) < 4 || len(states) > 0 {
		t.Errorf("%d places, not %d; %v, %v", len(got), len(want), steps, states)
	}

	_, err = s.operator.ReleaseCopy(t.Context(), operator.CopyReleaseOrder{ID: "req-1", By: "officer"})
	s.Must(err)
	s.deliverAll()
	if c := s.state(); c.State != operator.CopyReady || s.zip() == nil {
		t.Errorf("%+v", c)
	}
}

// TestAPolicyThatKeepsStatesKeepsNoCopyFromBeingMade forbids to delete anything, as a legal hold
// on the container does.
func TestAPolicyThatKeepsStatesKeepsNoCopyFromBeingMade(t *testing.T) {
	want := newScene(t).made()
	s := newScene(t)
	s.inSteps()
	s.store.keeps = true
	s.order()
	s.deliverAll()
	if !bytes.Equal(s.zip(), want) || s.state().State != operator.CopyReady || !strings.Contains(s.log.String(), "could not remove") {
		t.Errorf("%+v", s.state())
	}

	s.store.keeps = false
	_, err := s.operator.RevokeCopy(t.Context(), operator.RevokeOrder{ID: "req-1"})
	s.Must(err)
	if _, states := s.steps(); len(states) > 0 {
		t.Errorf("%v", states)
	}
}

var errKilled = errors.New("the process is killed")

// TestAKilledCopyIsMade kills the process before and after each effect of a copy in steps.
func TestAKilledCopyIsMade(t *testing.T) {
	want := newScene(t).made()
	for _, after := range []bool{false, true} {
		for at := 1; ; at++ {
			s := newScene(t)
			s.inSteps()
			s.order()
			s.store.killAt, s.store.after = at, after
			taken := 0
			for ; len(s.queue.sent) > 0 && taken < 100; taken++ {
				message := s.queue.sent[0]
				s.queue.sent = s.queue.sent[1:]
				if err := s.maker.Accept(t.Context(), message.Body); s.store.dead {
					s.store.dead = false // another process
					s.queue.sent = append(s.queue.sent, message)
				} else if err != nil {
					t.Fatalf("killed at effect %d: %v", at, err)
				}
			}

			_, states := s.steps()
			if c := s.state(); !bytes.Equal(s.zip(), want) || c.State != operator.CopyReady || c.Bytes != int64(len(want)) || len(states) > 0 {
				t.Errorf("killed at effect %d, after it: %v: %d bytes, not %d, %+v, %v", at, after, len(s.zip()), len(want), c, states)
			}
			if s.store.effects < at {
				if at < 30 {
					t.Errorf("a copy in steps has only %d effects", s.store.effects)
				}
				break
			}
		}
	}
}

// TestWhatNobodyCanGoOnFromIsBegunAgain damages what a first delivery has stored.
func TestWhatNobodyCanGoOnFromIsBegunAgain(t *testing.T) {
	want := newScene(t).made()
	state := func(s *scene) string {
		_, states := s.steps()
		return "req-1/copy/" + states[0]
	}
	for name, damage := range map[string]func(*scene){
		"the state is gone":    func(s *scene) { s.Must(s.store.Delete(t.Context(), state(s))) },
		"the state is changed": func(s *scene) { s.Must(s.store.Replace(t.Context(), state(s), []byte("x"))) },
		"the blocks are gone":  func(s *scene) { s.store.forget = true },
		"another version":      func(s *scene) { s.maker.Worker = "1.0.1" },
		"the state is of another making": func(s *scene) {
			body, _, err := s.store.Open(t.Context(), state(s), 0)
			s.Must(err)
			s.Must(body.Close())
			step, _, err := s.Ledger.LastCopyStep(t.Context(), copy1)
			s.Must(err)
			step.Step++
			step.State = s.put(copy1.State(step.Step, "0123456789abcdef"), "no state at all")
			_, err = s.Ledger.RecordCopyStep(t.Context(), step)
			s.Must(err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.inSteps()
			s.order()
			s.Must(s.deliver())
			s.Must(s.deliver())
			s.Must(s.deliver())
			s.Must(s.deliver())
			damage(s)
			s.deliverAll()
			if _, states := s.steps(); !bytes.Equal(s.zip(), want) || s.state().State != operator.CopyReady || len(states) > 0 {
				t.Errorf("%d bytes, not %d, %+v, %v", len(s.zip()), len(want), s.state(), states)
			}
			if !strings.Contains(s.log.String(), "from the start") {
				t.Error("nothing says that it was begun again")
			}
		})
	}
}

// TestAWholeCopyHasNoStepMore kills the process when the zip is stored, and before its receipt is.
func TestAWholeCopyHasNoStepMore(t *testing.T) {
	s := newScene(t)
	s.inSteps()
	s.order()
	message := s.queue.sent[0]
	s.store.before = func(name string) error {
		if name != copy1.Receipt() {
			return nil
		}
		s.store.before = nil
		return errKilled
	}
	for s.store.before != nil && len(s.queue.sent) > 0 {
		_ = s.deliver() // the last one is killed
	}

	before, _ := s.steps()
	s.queue.sent = []dsr.Message{message}
	s.Must(s.deliver())
	if after, states := s.steps(); len(after) != len(before) || len(states) > 0 || s.state().State != operator.CopyReady {
		t.Errorf("%v, before %v, %v, %+v", after, before, states, s.state())
	}
}

// TestTheSecondOfTwoDeliveriesWaits has one record a step while another one is about to.
func TestTheSecondOfTwoDeliveriesWaits(t *testing.T) {
	s := newScene(t)
	s.inSteps()
	s.order()
	message := s.queue.sent[0]
	s.store.before = func(name string) error {
		if name != copy1.Step(1) {
			return nil
		}
		s.store.before = nil
		s.queue.sent = nil
		return s.maker.Accept(t.Context(), message.Body)
	}
	s.Must(s.maker.Accept(t.Context(), message.Body))

	steps, states := s.steps()
	if sent := s.queue.sent; len(sent) != 2 || !sent[1].NotBefore.After(s.now) || len(steps) != 1 || len(states) != 1 {
		t.Errorf("%v, %v, sent %+v", steps, states, sent)
	}
}

// TestACopyThatEndsIsNotGoneOnWith revokes a copy while a delivery makes it in steps.
func TestACopyThatEndsIsNotGoneOnWith(t *testing.T) {
	s := newScene(t)
	s.inSteps()
	s.order()
	s.store.before = func(name string) error {
		if !strings.HasPrefix(name, copy1.StatePrefix()) {
			return nil
		}
		s.store.before = nil
		_, err := s.operator.RevokeCopy(t.Context(), operator.RevokeOrder{ID: "req-1"})
		return err
	}
	s.Must(s.deliver())
	if steps, states := s.steps(); len(steps) != 1 || len(states) > 0 || len(s.queue.sent) > 0 {
		t.Errorf("%v, %v, %d messages", steps, states, len(s.queue.sent))
	}
}

// TestAStateThatCannotBeReadNowIsReadLater breaks off the reading of a state, first of its hash
// and then of what it says.
func TestAStateThatCannotBeReadNowIsReadLater(t *testing.T) {
	want := newScene(t).made()
	for opening := 1; opening <= 2; opening++ {
		s := newScene(t)
		s.inSteps()
		s.order()
		s.Must(s.deliver())
		s.store.breaks = opening
		s.deliverAll()
		if !bytes.Equal(s.zip(), want) || s.store.breaks > 0 || strings.Contains(s.log.String(), "from the start") {
			t.Errorf("broken off at opening %d: %d bytes, not %d: %s", opening, len(s.zip()), len(want), s.log.String())
		}
	}
}

// put stores a blob and returns its name and hash.
func (s *scene) put(name, body string) dsr.BlobRef {
	s.t.Helper()
	info, err := s.Ledger.Exports().Create(s.t.Context(), name, []byte(body), nil)
	s.Must(err)
	return dsr.BlobRef{Name: name, SHA256: info.Metadata[dsr.MetaSHA256]}
}

// TestTwoDeliveriesOfACopyInSteps has a second one take place before each effect of the first.
func TestTwoDeliveriesOfACopyInSteps(t *testing.T) {
	want := newScene(t).made()
	for at := 1; ; at++ {
		s := newScene(t)
		s.inSteps()
		s.order()
		message := s.queue.sent[0]
		effects := 0
		s.store.before = func(string) error {
			if effects++; effects != at {
				return nil
			}
			s.store.before = nil
			return s.maker.Accept(t.Context(), message.Body)
		}
		s.deliverAll()
		if _, states := s.steps(); !bytes.Equal(s.zip(), want) || s.state().State != operator.CopyReady || len(states) > 0 {
			t.Errorf("a second delivery at effect %d: %d bytes, not %d, %+v, %v", at, len(s.zip()), len(want), s.state(), states)
		}
		if effects < at {
			if at < 15 {
				t.Errorf("only %d effects", effects)
			}
			return
		}
	}
}

// TestACopyThatEndsBetweenStepsLeavesNothing revokes a copy before each effect of its steps.
func TestACopyThatEndsBetweenStepsLeavesNothing(t *testing.T) {
	for at := 1; at <= 20; at++ {
		s := newScene(t)
		s.inSteps()
		s.order()
		effects := 0
		s.store.before = func(string) error {
			if effects++; effects != at {
				return nil
			}
			s.store.before = nil
			_, err := s.operator.RevokeCopy(t.Context(), operator.RevokeOrder{ID: "req-1"})
			return err
		}
		s.deliverAll()
		s.Must(s.sweep.Run(t.Context()))
		if _, states := s.steps(); s.zip() != nil || !s.state().Ended() || len(states) > 0 || len(s.names(dsr.CopiesPrefix)) > 0 {
			t.Errorf("revoked before effect %d: %+v, %v", at, s.state(), states)
		}
	}
}

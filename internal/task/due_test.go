package task_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

// dueIn records a request that is due after d, and returns its deadline.
func (f *fixture) dueIn(d time.Duration) time.Time {
	f.t.Helper()
	r := dsr.RequestRecord{Request: dsr.Request{ID: "r", DueAt: time.Now().Add(d).UTC().Round(0)}}
	if _, err := f.ledger.RecordRequest(f.t.Context(), r); err != nil {
		f.t.Fatal(err)
	}
	f.log = nil
	return r.DueAt
}

// stop runs the first task into an error of its work; nil stands for a crash.
func (f *fixture) stop(cause error) error {
	f.t.Helper()
	if cause != nil {
		f.work = func([]string) error { return cause }
		return f.run(f.first(), 1)
	}

	body, err := json.Marshal(f.first())
	if err != nil {
		f.t.Fatal(err)
	}
	return f.runner.Redrive(f.t.Context(), dsr.DeadLetter{Body: body, Reason: "MaxDeliveryCountExceeded"})
}

// unfinishedWithToken is the error of a deletion for which the upstream wants more time.
func unfinishedWithToken() error {
	return &dsr.Error{
		Class:      dsr.Unfinished,
		Reason:     dsr.ReasonTransient,
		Progress:   1,
		Token:      "x",
		RetryAfter: time.Minute,
	}
}

func TestTheLastTryIsMadeWhenTheRequestIsDueAndThenTheTaskIsGivenUp(t *testing.T) {
	for name, tt := range map[string]struct {
		cause  error // of the work; nil where the task crashes
		reason string
	}{
		"throttled":  {&dsr.Error{Class: dsr.Throttled, RetryAfter: time.Hour}, dsr.ReasonThrottled},
		"transient":  {dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "x"), dsr.ReasonTransient},
		"unfinished": {unfinishedWithToken(), dsr.ReasonTransient},
		"crashed":    {nil, dsr.ReasonCrashed},
	} {
		for due, givenUp := range map[time.Duration]bool{-time.Second: true, 50 * time.Second: false, 2 * time.Hour: false} {
			t.Run(name+", due in "+due.String(), func(t *testing.T) {
				f := newFixture(t)
				deadline := f.dueIn(due)
				if err := f.stop(tt.cause); err != nil && (givenUp || dsr.ClassOf(err) != dsr.Transient) {
					t.Fatal(err)
				}

				resend, recorded, err := f.ledger.Hop(t.Context(), f.first(), 1)
				if err != nil || recorded == givenUp || resend.NotBefore.After(deadline) {
					t.Errorf("resend %+v, %t, %v; due %s", resend, recorded, err, deadline)
				}
				if recorded && due < time.Minute && !resend.NotBefore.Equal(deadline) {
					t.Errorf("the last try is at %s, want %s", resend.NotBefore, deadline)
				}

				r, found, err := f.ledger.Receipt(t.Context(), f.first())
				if err != nil || found != givenUp {
					t.Fatalf("receipt %+v, %v", r, err)
				}
				if !givenUp {
					return
				}

				if f := r.Failures; r.Outcome != dsr.Failed || len(f) != 1 || f[0].Reason != tt.reason || !strings.Contains(f[0].Error, "the request is due") {
					t.Errorf("receipt %+v, want a failure %s that says so", r, tt.reason)
				}
			})
		}
	}
}

func TestThrottlingWithoutATimeWaitsLongerEachTime(t *testing.T) {
	f := newFixture(t)
	f.work = func([]string) error { return &dsr.Error{Class: dsr.Throttled} }
	k := f.first()
	for _, want := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 30 * time.Minute, 30 * time.Minute} {
		if err := f.run(k, 1); err != nil {
			t.Fatal(err)
		}
		k.Hop++
		h, _, err := f.ledger.Hop(t.Context(), k, k.Hop)
		if err != nil || h.NotBefore.Sub(h.RecordedAt) != want {
			t.Errorf("send %d waits %s, want %s (%v)", k.Hop, h.NotBefore.Sub(h.RecordedAt), want, err)
		}
	}
}

func TestAPauseIsCountedByTheQueuesClockWhenOursIsSlow(t *testing.T) {
	f := newFixture(t)
	f.work = func([]string) error { return &dsr.Error{Class: dsr.Throttled, RetryAfter: time.Minute} }
	body, err := json.Marshal(f.first())
	if err != nil {
		t.Fatal(err)
	}
	enqueued := time.Now().Add(5 * time.Minute)
	if err := f.runner.Run(t.Context(), task.Delivery{Body: body, Count: 1, EnqueuedTime: enqueued}); err != nil {
		t.Fatal(err)
	}

	h, _, err := f.ledger.Hop(t.Context(), f.first(), 1)
	if err != nil || !h.NotBefore.Equal(enqueued.Add(time.Minute)) {
		t.Errorf("not before %s, want a minute after %s, %v", h.NotBefore, enqueued, err)
	}
}

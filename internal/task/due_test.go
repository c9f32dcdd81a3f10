package task_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

// dueIn records a request that is due after some time.
func (b *bench) dueIn(d time.Duration) time.Time {
	b.t.Helper()
	r := dsr.RequestRecord{Request: dsr.Request{ID: "r", DueAt: time.Now().Add(d).UTC().Round(0)}}
	if _, err := b.ledger.RecordRequest(b.t.Context(), r); err != nil {
		b.t.Fatal(err)
	}
	b.log = nil
	return r.DueAt
}

func TestTheLastTryIsMadeWhenTheRequestIsDueAndThenTheTaskIsGivenUp(t *testing.T) {
	for name, tt := range map[string]struct {
		stop   func(b *bench, body []byte) error
		reason string
	}{
		"throttled": {func(b *bench, body []byte) error {
			b.work = func([]string) error { return &dsr.Error{Class: dsr.Throttled, RetryAfter: time.Hour} }
			return b.runner.Run(b.t.Context(), task.Delivery{Body: body, Count: 1})
		}, dsr.ReasonThrottled},
		"transient": {func(b *bench, body []byte) error {
			b.work = func([]string) error { return dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "x") }
			return b.runner.Run(b.t.Context(), task.Delivery{Body: body, Count: 1})
		}, dsr.ReasonTransient},
		"unfinished": {func(b *bench, body []byte) error {
			b.work = func([]string) error {
				return &dsr.Error{
					Class:      dsr.Unfinished,
					Reason:     dsr.ReasonTransient,
					Progress:   1,
					Token:      "x",
					RetryAfter: time.Minute,
				}
			}
			return b.runner.Run(b.t.Context(), task.Delivery{Body: body, Count: 1})
		}, dsr.ReasonTransient},
		"crashed": {func(b *bench, body []byte) error {
			return b.runner.Redrive(b.t.Context(), dsr.DeadLetter{Body: body, Reason: "MaxDeliveryCountExceeded"})
		}, dsr.ReasonCrashed},
	} {
		for due, given := range map[time.Duration]bool{-time.Second: true, 50 * time.Second: false, 2 * time.Hour: false} {
			t.Run(name+", due in "+due.String(), func(t *testing.T) {
				b := newBench(t)
				deadline := b.dueIn(due)
				body, err := json.Marshal(b.first())
				if err != nil {
					t.Fatal(err)
				}
				if err := tt.stop(b, body); err != nil && (given || dsr.ClassOf(err) != dsr.Transient) {
					t.Fatal(err)
				}

				hop, hopped, err := b.ledger.Hop(t.Context(), b.first(), 1)
				if err != nil || hopped == given || hop.NotBefore.After(deadline) || (due < time.Minute && hopped && !hop.NotBefore.Equal(deadline)) {
					t.Errorf("hop %+v, %t, %v; due %s", hop, hopped, err, deadline)
				}

				r, found, err := b.ledger.Receipt(t.Context(), b.first())
				if err != nil || found != given {
					t.Fatalf("receipt %+v, %v", r, err)
				}
				if !given {
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
	b := newBench(t)
	b.work = func([]string) error { return &dsr.Error{Class: dsr.Throttled} }
	k := b.first()
	for _, want := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 30 * time.Minute, 30 * time.Minute} {
		if err := b.run(k, 1); err != nil {
			t.Fatal(err)
		}
		k.Hop++
		h, _, err := b.ledger.Hop(t.Context(), k, k.Hop)
		if err != nil || h.NotBefore.Sub(h.RecordedAt) != want {
			t.Errorf("hop %d waits %s, want %s (%v)", k.Hop, h.NotBefore.Sub(h.RecordedAt), want, err)
		}
	}
}

func TestAPauseIsCountedByTheQueuesClockWhenOursIsSlow(t *testing.T) {
	b := newBench(t)
	b.work = func([]string) error { return &dsr.Error{Class: dsr.Throttled, RetryAfter: time.Minute} }
	body, err := json.Marshal(b.first())
	if err != nil {
		t.Fatal(err)
	}
	enqueued := time.Now().Add(5 * time.Minute)
	if err := b.runner.Run(t.Context(), task.Delivery{Body: body, Count: 1, EnqueuedTime: enqueued}); err != nil {
		t.Fatal(err)
	}

	h, _, err := b.ledger.Hop(t.Context(), b.first(), 1)
	if err != nil || !h.NotBefore.Equal(enqueued.Add(time.Minute)) {
		t.Errorf("not before %s, want a minute after %s, %v", h.NotBefore, enqueued, err)
	}
}

package task_test

import (
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

func TestWhatFailsTogetherDoesNotComeBackTogether(t *testing.T) {
	for name, tt := range map[string]struct {
		cause error
		want  []time.Duration // before each resend
	}{
		"transient": {dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "x"),
			[]time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 12 * time.Hour}},
		"throttled": {&dsr.Error{Class: dsr.Throttled, RetryAfter: time.Minute},
			[]time.Duration{time.Minute, time.Minute, time.Minute, time.Minute, time.Minute}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.runner = task.New(f.ledger, f, f, f, task.Options{ChunkItems: 2})
			f.work = func([]string) error { return tt.cause }
			k, longer := f.first(), 0
			for i, want := range tt.want {
				if err := f.run(k, 1); err != nil && dsr.ClassOf(err) != dsr.Transient {
					t.Fatal(err)
				}

				k.Hop = i + 1
				h, found, err := f.ledger.Hop(t.Context(), k, k.Hop)
				if err != nil || !found {
					t.Fatalf("send %d: %t, %v", k.Hop, found, err)
				}

				pause := h.NotBefore.Sub(h.RecordedAt)
				if pause < want || pause > want*6/5 {
					t.Errorf("send %d waits %s, want %s and up to a fifth more", k.Hop, pause, want)
				}
				if pause > want {
					longer++
				}
			}

			if longer == 0 {
				t.Error("all pauses are those of the setting, to the nanosecond")
			}
		})
	}
}

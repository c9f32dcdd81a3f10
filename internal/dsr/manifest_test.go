package dsr_test

import (
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

func TestStatusFollowsFromTheOutcomes(t *testing.T) {
	const ok, failed, canceled = dsr.Succeeded, dsr.Failed, dsr.Canceled
	tests := []struct {
		name     string
		outcomes []dsr.Outcome
		canceled bool
		want     dsr.Status
	}{
		{"nothing was asked for", nil, false, dsr.StatusSucceeded},
		{"all succeeded", []dsr.Outcome{ok, ok}, false, dsr.StatusSucceeded},
		{"some failed", []dsr.Outcome{ok, failed}, false, dsr.StatusPartiallyFailed},
		{"all failed", []dsr.Outcome{failed}, false, dsr.StatusFailed},
		{"the attempt was canceled", []dsr.Outcome{ok}, true, dsr.StatusCanceled},
		{"a task was canceled, whatever was seen of the attempt", []dsr.Outcome{ok, canceled}, false, dsr.StatusCanceled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tally := dsr.NewTally(nil)
			for _, outcome := range tt.outcomes {
				tally.Add(dsr.NewReceipt(dsr.Task{}, outcome, time.Time{}))
			}
			if got := tally.Status(tt.canceled); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestPlainVersion(t *testing.T) {
	for text, want := range map[string]bool{
		"":                                  true,
		"1.0.0-rc.1 (0123456789ab+changes)": true,
		"1.0.0\n":                           false,
		`1.0.0", "status": "succeeded`:      false,
		strings.Repeat("1", 81):             false,
	} {
		if got := dsr.PlainVersion(text); got != want {
			t.Errorf("%q: got %t", text, got)
		}
	}
}

package dsr_test

import (
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestTheMainReasonIsThatOfMostFailures(t *testing.T) {
	for name, tt := range map[string]struct {
		reasons []string
		want    string
	}{
		"nothing failed":         {nil, ""},
		"one failure":            {[]string{"Throttled"}, "Throttled"},
		"most":                   {[]string{"Forbidden", "Throttled", "Throttled"}, "Throttled"},
		"as many of each":        {[]string{"Throttled", "Forbidden"}, "Forbidden"},
		"one that has no reason": {[]string{"", "", "Forbidden"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var failures []dsr.Failure
			for _, r := range tt.reasons {
				failures = append(failures, dsr.Failure{Reason: r})
			}
			if got := dsr.MainReason(failures); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

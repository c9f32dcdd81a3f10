package dsr_test

import (
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

func TestAnExtensionEndsThreeMonthsAfterTheReceipt(t *testing.T) {
	at := func(text string) time.Time {
		moment, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	for name, tt := range map[string]struct {
		submitted string
		received  string // by the worker; counts where the sender names no time
		latest    string
	}{
		"the same day":                  {"2026-11-23T10:00:00Z", "2026-11-23T10:00:05Z", "2027-02-23T23:59:59Z"},
		"after a month that is shorter": {"2026-01-31T10:00:00Z", "2026-01-31T10:00:05Z", "2026-04-30T23:59:59Z"},
		"in a month that is shorter":    {"2026-11-30T10:00:00Z", "2026-11-30T10:00:05Z", "2027-02-28T23:59:59Z"},
		"in February of a leap year":    {"2027-11-29T10:00:00Z", "2027-11-29T10:00:05Z", "2028-02-29T23:59:59Z"},
		"after a day in the queue":      {"2026-01-31T10:00:00Z", "2026-02-01T10:00:00Z", "2026-04-30T23:59:59Z"},
		"received in another zone":      {"2026-02-01T01:00:00+05:00", "2026-02-01T00:00:00Z", "2026-04-30T23:59:59Z"},
		"whose sender names no time":    {"", "2026-05-31T23:00:00Z", "2026-08-31T23:59:59Z"},
	} {
		request := dsr.RequestRecord{ReceivedAt: at(tt.received)}
		if tt.submitted != "" {
			request.SubmittedAt = at(tt.submitted)
		}
		if got := request.MaxExtension(); !got.Equal(at(tt.latest)) {
			t.Errorf("%s: %s, want %s", name, got, tt.latest)
		}
	}
}

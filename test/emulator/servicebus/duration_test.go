package servicebus

import (
	"math"
	"testing"
	"time"
)

func TestDurationsAreThoseOfISO8601(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"PT1M": time.Minute, "P14D": 14 * 24 * time.Hour, "P1DT2H3M4.5S": 26*time.Hour + 3*time.Minute + 4500*time.Millisecond,
		"PT0S": 0, "PT0.1S": 100 * time.Millisecond, "P10675199DT2H48M5.4775807S": math.MaxInt64,
	} {
		if got, err := parseDuration(s); err != nil || got != want {
			t.Errorf("%s is %v (%v), want %v", s, got, err, want)
		}
	}

	for _, s := range []string{"", "P", "PT", "1m", "P1M", "P-1D", "PT1.S", "P1DT", "PT1M ", "P1D2H"} {
		if got, err := parseDuration(s); err == nil {
			t.Errorf("%q is %v", s, got)
		}
	}
}

package operator

import (
	"testing"
	"time"
)

func TestDaysLeftAreThoseOfTheCalendar(t *testing.T) {
	due := time.Date(2026, 12, 24, 8, 0, 0, 0, time.UTC)
	for now, want := range map[string]int{
		"2026-11-24T08:00:01Z": 30, "2026-11-24T23:59:59Z": 30, "2026-12-23T23:00:00Z": 1,
		"2026-12-24T07:00:00Z": 0, "2026-12-24T09:00:00Z": -1, "2026-12-26T00:00:00Z": -2,
	} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := daysUntil(due, at); got != want {
			t.Errorf("at %s: %d, want %d", now, got, want)
		}
	}
}

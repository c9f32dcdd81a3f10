package functionshost

import (
	"testing"
	"time"
)

func TestSchedules(t *testing.T) {
	const from = "2026-11-24T10:00:30.5Z" // a Tuesday
	tests := []struct {
		name, expr string
		want       string // empty: never
	}{
		{"each night", "0 0 2 * * *", "2026-11-25T02:00:00Z"},
		{"each quarter of an hour", "0 */15 * * * *", "2026-11-24T10:15:00Z"},
		{"each second", "* * * * * *", "2026-11-24T10:00:31Z"},
		{"Friday the 13th: both days must match", "0 0 0 13 * 5", "2027-08-13T00:00:00Z"},
		{"days of the week alone", "0 0 0 * * Mon-Fri", "2026-11-25T00:00:00Z"},
		{"a step of days and a weekday", "0 0 0 */2 * 1", "2026-12-07T00:00:00Z"},
		{"a month's full name", "0 0 0 1 January *", "2027-01-01T00:00:00Z"},
		{"a day's longer name", "0 0 0 * * Thurs", "2026-11-26T00:00:00Z"},
		{"a leap day on a Monday", "0 0 0 29 2 1", "2044-02-29T00:00:00Z"},
		{"a day that never comes", "0 0 0 30 2 *", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := ParseSchedule(tt.expr)
			if err != nil {
				t.Fatal(err)
			}
			at, err := time.Parse(time.RFC3339Nano, from)
			if err != nil {
				t.Fatal(err)
			}

			got := ""
			if next := s.Next(at); !next.IsZero() {
				got = next.Format(time.RFC3339Nano)
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestSchedulesThatNCRONTABDoesNotKnow(t *testing.T) {
	for _, expr := range []string{"", "0 2 * * *", "@daily", "@every 5m x x x x", "TZ=UTC 0 0 2 * * *", "CRON_TZ=UTC 0 2 * * *",
		"0 0 2 ? * *", "0 0 2 * * 7", "0 0 25 * * *", "0 0 2 * Januaryx *", "0 0 2 * * Foobar", "00:05:00"} {
		if _, err := ParseSchedule(expr); err == nil {
			t.Errorf("%q was accepted", expr)
		}
	}
}

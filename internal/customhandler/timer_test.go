package customhandler

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAGoldenTimerIsDecoded(t *testing.T) {
	got, err := decodeTimer(golden(t, "timer_past_due.json"), "timer")
	if err != nil {
		t.Fatal(err)
	}
	last := time.Date(2026, 11, 23, 2, 0, 0, 12345600, time.UTC)
	want := Timer{
		IsPastDue:   true,
		Last:        last,
		Next:        time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC),
		LastUpdated: last,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTimerStatusIsReadLeniently(t *testing.T) {
	tests := []struct {
		name, status string
		want         Timer
	}{
		{"no status is kept", `null`, Timer{}},
		{"never run, without a zone", `{"Last":"0001-01-01T00:00:00"}`, Timer{}},
		{"never run, west of Greenwich", `{"Last":"0001-01-01T00:00:00-08:00"}`, Timer{}},
		{"never run, east of Greenwich", `{"Last":"0001-01-01T00:00:00+02:00"}`, Timer{}},
		{"local time", `{"Next":"2026-11-24T02:00:00+02:00"}`, Timer{Next: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := decodeTimer([]byte(`{"Data":{"t":{"ScheduleStatus":`+tt.status+`}}}`), "t")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestATimerOfAnotherShapeIsRefused(t *testing.T) {
	for _, body := range []string{`{`, `{"Data":{}}`, `{"Data":{"t":"x"}}`, `{"Data":{"t":{"ScheduleStatus":{"Next":"soon"}}}}`} {
		if _, err := decodeTimer([]byte(body), "t"); err == nil || strings.Contains(err.Error(), "soon") {
			t.Errorf("%s: got %v, want an error that quotes nothing", body, err)
		}
	}
}

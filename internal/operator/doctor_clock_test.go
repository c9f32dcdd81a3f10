package operator

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestTheDoctorFindsAClockThatIsWrong(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 700_000_000, time.UTC)
	at := func(ahead time.Duration) string { return now.Add(ahead).Format(http.TimeFormat) }
	for name, c := range map[string]struct {
		date      string
		found, ok bool
		detail    string
	}{
		"it is right":                    {at(0), true, true, "agrees"},
		"it is right to a minute":        {at(59 * time.Second), true, true, "agrees"},
		"it is slow":                     {at(5 * time.Minute), true, false, "4m59s"},
		"it is fast":                     {at(-20 * time.Minute), true, false, "20m"},
		"it is wrong by years":           {"Thu, 01 Jan 2015 00:00:00 GMT", true, false, "differs"},
		"whoever answers tells no time":  {"", false, false, ""},
		"whoever answers tells nonsense": {"yesterday", false, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoctor(DoctorOptions{})
			d.checkClock(http.Header{"Date": {c.date}}, now.Add(-time.Second), now)
			if !c.found {
				if len(d.findings) > 0 {
					t.Errorf("found %+v", d.findings)
				}
				return
			}
			f := onlyFinding(t, d)
			if f.OK != c.ok || !strings.Contains(f.Detail, c.detail) || f.OK != (f.Command == "") {
				t.Errorf("found %+v", f)
			}
		})
	}
}

// An answer that took long to come says nothing of the clock.
func TestASlowAnswerIsNoWrongClock(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	d := newDoctor(DoctorOptions{})
	d.checkClock(http.Header{"Date": {now.Format(http.TimeFormat)}}, now.Add(-10*time.Minute), now.Add(10*time.Minute))
	if f := onlyFinding(t, d); !f.OK {
		t.Errorf("found %+v", f)
	}
}

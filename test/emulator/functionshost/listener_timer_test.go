package functionshost

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// timerRuns records invocations; each takes as long as told and then fails.
type timerRuns struct {
	takes  time.Duration
	at     []time.Time
	bodies []string
}

func (r *timerRuns) invoke(_ context.Context, _ string, body []byte) error {
	r.at = append(r.at, time.Now().UTC())
	r.bodies = append(r.bodies, string(body))
	<-time.After(r.takes)
	return errors.New("failed: not repeated")
}

// runTimer runs a timer for a while from midnight 2000-01-01, UTC.
func runTimer(t *testing.T, trigger TimerTrigger, expr string, takes, during time.Duration) (runs timerRuns) {
	t.Helper()
	return runTimerWith(t, trigger, "", expr, takes, during)
}

// runTimerWith runs a timer whose status is kept in a file.
func runTimerWith(t *testing.T, trigger TimerTrigger, status statusFile, expr string, takes, during time.Duration) (runs timerRuns) {
	t.Helper()
	var err error
	if trigger.Schedule, err = ParseSchedule(expr); err != nil {
		t.Fatal(err)
	}

	synctest.Test(t, func(t *testing.T) {
		runs.takes = takes
		l := &timerListener{
			name:    "f",
			binding: "timer",
			trigger: trigger,
			status:  status,
			invoker: &runs,
			log:     quiet,
		}
		ctx, cancel := context.WithTimeout(t.Context(), during)
		defer cancel()
		l.run(ctx, t.Context())
	})

	return runs
}

func clock(at []time.Time) string {
	var all []string
	for _, t := range at {
		all = append(all, t.Format("15:04:05"))
	}
	return strings.Join(all, " ")
}

func TestATimerFires(t *testing.T) {
	tests := []struct {
		name    string
		trigger TimerTrigger
		expr    string
		takes   time.Duration
		want    string
	}{
		{"when it is due", TimerTrigger{}, "0 */20 * * * *", 0, "00:20:00 00:40:00 01:00:00"},
		{"at the start if told to", TimerTrigger{RunOnStartup: true}, "0 */30 * * * *", 0, "00:00:00 00:30:00 01:00:00"},
		{"never twice at once, and once for what it missed", TimerTrigger{}, "0 */10 * * * *", 25 * time.Minute, "00:10:00 00:35:00 01:00:00"},
		{"never, on a day that never comes", TimerTrigger{}, "0 0 0 30 2 *", 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			runs := runTimer(t, tt.trigger, tt.expr, tt.takes, time.Hour+time.Second)
			if got := clock(runs.at); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestATimerIsToldItsStatus(t *testing.T) {
	tests := []struct {
		name    string
		monitor bool
		expr    string
		want    []string
	}{
		{"the status before each run", true, "0 */20 * * * *", []string{
			`{"Last":"0001-01-01T00:00:00","Next":"2000-01-01T00:20:00+00:00","LastUpdated":"0001-01-01T00:00:00"}`,
			`{"Last":"2000-01-01T00:20:00+00:00","Next":"2000-01-01T00:40:00+00:00","LastUpdated":"2000-01-01T00:20:00+00:00"}`,
		}},
		{"none without monitor", false, "0 */20 * * * *", []string{"null", "null"}},
		{"one for each minute", true, "30 * * * * *", []string{`{"Last"`}},
		{"one for two in a minute of a day", true, "0,30 0 0 * * *", []string{`{"Last"`}},
		{"none for more than one a minute", true, "*/30 * * * * *", []string{"null"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			runs := runTimer(t, TimerTrigger{UseMonitor: tt.monitor}, tt.expr, 0, 41*time.Minute)
			for i, want := range tt.want {
				if !strings.Contains(runs.bodies[i], `"ScheduleStatus":`+want) {
					t.Errorf("run %d: got %s, want %s", i, runs.bodies[i], want)
				}
			}
		})
	}
}

// A timer begins at midnight 2000-01-01 with a status that an earlier host left.
func TestATimersStatusOutlivesTheHost(t *testing.T) {
	const hourly, everyTen = "0 0 * * * *", "0 */10 * * * *"
	tests := []struct {
		name, kept, expr string
		startup          bool
		want             string // runs within 65 minutes
		first            string // what the first one is told
		left             string // status
	}{
		{"no status: a first one is kept", "", "0 0 2 * * *", false, "", "",
			`{"Last":"0001-01-01T00:00:00","Next":"2000-01-01T02:00:00+00:00","LastUpdated":"2000-01-01T00:00:00+00:00"}`},
		{"nothing missed", `{"Last":"1999-12-31T23:30:00+00:00","Next":"2000-01-01T00:00:00+00:00","LastUpdated":"1999-12-31T23:30:00+00:00"}`, hourly, false,
			"00:00:00 01:00:00",
			`{"Last":"1999-12-31T23:30:00+00:00","Next":"2000-01-01T00:00:00+00:00","LastUpdated":"1999-12-31T23:30:00+00:00"},"IsPastDue":false`,
			`{"Last":"2000-01-01T01:00:00+00:00","Next":"2000-01-01T02:00:00+00:00","LastUpdated":"2000-01-01T01:00:00+00:00"}`},
		{"several missed are one that is past due", `{"Last":"1999-12-31T20:00:00.0123456+00:00","Next":"1999-12-31T21:00:00+00:00","LastUpdated":"1999-12-31T20:00:00.0123456+00:00"}`, hourly, false,
			"00:00:00 01:00:00",
			`{"Last":"1999-12-31T20:00:00.0123456+00:00","Next":"1999-12-31T21:00:00+00:00","LastUpdated":"1999-12-31T20:00:00.0123456+00:00"},"IsPastDue":true`,
			`{"Last":"2000-01-01T01:00:00+00:00","Next":"2000-01-01T02:00:00+00:00","LastUpdated":"2000-01-01T01:00:00+00:00"}`},
		{"past due and at the start: once", `{"Last":"1999-12-31T20:00:00+00:00","Next":"1999-12-31T21:00:00+00:00","LastUpdated":"1999-12-31T20:00:00+00:00"}`, hourly, true,
			"00:00:00 01:00:00", `"IsPastDue":true`, `"Next":"2000-01-01T02:00:00+00:00"`},
		{"the first run of all was missed", `{"Last":"0001-01-01T00:00:00","Next":"1999-12-31T23:00:00+00:00","LastUpdated":"1999-12-31T22:10:00+00:00"}`, hourly, false,
			"00:00:00 01:00:00", `"Next":"1999-12-31T23:00:00+00:00","LastUpdated":"1999-12-31T22:10:00+00:00"},"IsPastDue":true`, `"Next":"2000-01-01T02:00:00+00:00"`},
		{"a new schedule: nothing is past due", `{"Last":"1999-12-31T20:00:00+00:00","Next":"1999-12-31T20:10:00+00:00","LastUpdated":"1999-12-31T20:00:00+00:00"}`, hourly, false,
			"01:00:00",
			`{"Last":"0001-01-01T00:00:00","Next":"2000-01-01T01:00:00+00:00","LastUpdated":"2000-01-01T00:00:00+00:00"},"IsPastDue":false`,
			`"Next":"2000-01-01T02:00:00+00:00"`},
		{"a new schedule that is due later than now", `{"Last":"1999-12-31T23:55:00+00:00","Next":"2000-01-01T05:00:00+00:00","LastUpdated":"1999-12-31T23:55:00+00:00"}`, everyTen, false,
			"00:00:00 00:10:00 00:20:00 00:30:00 00:40:00 00:50:00 01:00:00",
			`{"Last":"0001-01-01T00:00:00","Next":"2000-01-01T00:00:00+00:00","LastUpdated":"1999-12-31T23:55:00+00:00"},"IsPastDue":false`, `"Next":"2000-01-01T01:10:00+00:00"`},
		{"a status that can't be read", `nonsense`, hourly, false, "01:00:00", `"Last":"0001-01-01T00:00:00"`, `"Next":"2000-01-01T02:00:00+00:00"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := statusFileOf(filepath.Join(t.TempDir(), "timers"), "f")
			if tt.kept != "" {
				writeStatus(t, file, tt.kept)
			}

			runs := runTimerWith(t, TimerTrigger{UseMonitor: true, RunOnStartup: tt.startup}, file, tt.expr, 0, 65*time.Minute)
			if got := clock(runs.at); got != tt.want {
				t.Errorf("ran at %s, want %s", got, tt.want)
			}
			if len(runs.bodies) > 0 && !strings.Contains(runs.bodies[0], tt.first) {
				t.Errorf("told %s, want %s", runs.bodies[0], tt.first)
			}

			left, err := os.ReadFile(string(file))
			if err != nil || !strings.Contains(string(left), tt.left) {
				t.Errorf("left %s, %v; want %s", left, err, tt.left)
			}
		})
	}
}

func writeStatus(t *testing.T, file statusFile, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(string(file)), 0o755), os.WriteFile(string(file), []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func TestATimerRunsThoughItsStatusCannotBeKept(t *testing.T) {
	occupied := filepath.Join(t.TempDir(), "a file")
	writeStatus(t, statusFile(occupied), "")
	runs := runTimerWith(t, TimerTrigger{UseMonitor: true}, statusFileOf(occupied, "f"), "0 */20 * * * *", 0, 41*time.Minute)
	if got := clock(runs.at); got != "00:20:00 00:40:00" {
		t.Errorf("ran at %s", got)
	}
}

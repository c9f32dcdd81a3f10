package functionshost

import (
	"context"
	"errors"
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
	var err error
	if trigger.Schedule, err = ParseSchedule(expr); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		runs.takes = takes
		l := &timerListener{name: "f", binding: "timer", trigger: trigger, invoker: &runs, log: quiet}
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
		{"never twice at once, and not for what it missed", TimerTrigger{}, "0 */10 * * * *", 25 * time.Minute, "00:10:00 00:40:00"},
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
			`{"Last":"0001-01-01T00:00:00","Next":"2000-01-01T00:20:00+00:00","LastUpdated":"2000-01-01T00:00:00+00:00"}`,
			`{"Last":"2000-01-01T00:20:00+00:00","Next":"2000-01-01T00:40:00+00:00","LastUpdated":"2000-01-01T00:20:00+00:00"}`,
		}},
		{"none without monitor", false, "0 */20 * * * *", []string{"null", "null"}},
		{"one for each minute", true, "30 * * * * *", []string{`{"Last"`}},
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

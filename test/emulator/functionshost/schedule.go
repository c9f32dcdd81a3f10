package functionshost

import (
	"errors"
	"fmt"
	"math/bits"
	"regexp"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Schedule is a six-field NCRONTAB expression, as timer triggers use it.
type Schedule struct {
	spec cron.SpecSchedule
	// everyMinute reports whether no field but the seconds restricts the schedule.
	everyMinute bool
	// weekdays are the bits of the last field. They are kept apart because
	// NCrontab wants day of month and day of week, cron wants either.
	weekdays uint64
}

const anyWeekday = 1<<63 | 0x7f // cron's mark for "*", and all seven days

var longName = regexp.MustCompile(`[A-Za-z]{4,}`)

// ParseSchedule reads {second} {minute} {hour} {day} {month} {day of week}.
func ParseSchedule(expr string) (Schedule, error) {
	fields := strings.Fields(expr)
	if len(fields) != 6 {
		return Schedule{}, fmt.Errorf("schedule: %q has %d fields, not the six of NCRONTAB", expr, len(fields))
	}
	if strings.ContainsAny(expr, "?=@") { // cron's own additions
		return Schedule{}, fmt.Errorf("schedule: %q is not NCRONTAB", expr)
	}

	for i := 4; i < 6; i++ {
		fields[i] = longName.ReplaceAllStringFunc(fields[i], shortName)
	}

	parser := cron.NewParser(cron.Second | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	parsed, err := parser.Parse(strings.Join(fields, " "))
	if err != nil {
		return Schedule{}, fmt.Errorf("schedule: %w", err)
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return Schedule{}, errors.New("schedule: not an expression of six fields")
	}

	s := Schedule{spec: *spec, weekdays: spec.Dow, everyMinute: strings.Join(fields[1:], "") == "*****"}
	s.spec.Dow = anyWeekday

	return s, nil
}

// shortName cuts a longer spelling of a month or day to its three letters;
// NCrontab takes any, cron these only.
func shortName(name string) string {
	for m := time.January; m <= time.December; m++ {
		if begins(m.String(), name) {
			return name[:3]
		}
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		if begins(d.String(), name) {
			return name[:3]
		}
	}
	return name
}

func begins(full, name string) bool {
	return len(name) <= len(full) && strings.EqualFold(full[:len(name)], name)
}

// Next is the first time after t, in t's location; zero if there is none.
func (s Schedule) Next(t time.Time) time.Time {
	for {
		t = s.spec.Next(t)
		if t.IsZero() || s.weekdays&(1<<uint(t.Weekday())) != 0 {
			return t
		}
		t = time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, t.Location()).Add(-time.Second)
	}
}

// subMinute reports whether the schedule fires more than once a minute. The host then
// keeps no status (TimerSchedule.ShouldDisableScheduleMonitor in
// azure-webjobs-sdk-extensions).
func (s Schedule) subMinute() bool {
	const seconds = 1<<60 - 1
	return s.everyMinute && bits.OnesCount64(s.spec.Second&seconds) > 1
}

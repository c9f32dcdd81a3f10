package functionshost

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

var timeSpanForm = regexp.MustCompile(`^(-)?(?:(\d{1,8})\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?$`)

// parseTimeSpan reads .NET's TimeSpan text, [-][days.]hh:mm[:ss[.fraction]],
// the form of durations in host.json.
func parseTimeSpan(s string) (time.Duration, error) {
	m := timeSpanForm.FindStringSubmatch(s)
	if m == nil {
		return 0, fmt.Errorf("%q is no time span of the form hh:mm:ss", s)
	}
	days, hours, minutes, seconds := number(m[2]), number(m[3]), number(m[4]), number(m[5])
	if hours > 23 || minutes > 59 || seconds > 59 || days > 100_000 {
		return 0, fmt.Errorf("%q is no time span: a field is out of range", s)
	}

	d := time.Duration(days)*24*time.Hour + time.Duration(hours)*time.Hour +
		time.Duration(minutes)*time.Minute + time.Duration(seconds)*time.Second

	if f := m[6]; f != "" {
		ticks := number((f + "0000000")[:7])
		d += time.Duration(ticks) * 100 * time.Nanosecond
	}
	if m[1] == "-" {
		d = -d
	}

	return d, nil
}

// number reads digits that the pattern has already checked; none are zero.
func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}

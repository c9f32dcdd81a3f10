package servicebus

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"time"
)

// parseDuration reads an ISO 8601 duration of days, hours, minutes and seconds
// (P1DT2H3M4.5S). What is too long for a time.Duration becomes the longest
// one: Azure writes P10675199DT2H48M5.4775807S for "no limit".
func parseDuration(s string) (time.Duration, error) {
	pattern := regexp.MustCompile(`^P(?:(\d{1,9})D)?(T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?$`)
	m := pattern.FindStringSubmatch(s)
	if m == nil || s == "P" || m[2] == "T" {
		return 0, fmt.Errorf("%q is no duration like P14D or PT1M", s)
	}

	total := 0.0
	for _, part := range []struct {
		digits string
		unit   time.Duration
	}{{m[1], 24 * time.Hour}, {m[3], time.Hour}, {m[4], time.Minute}, {m[5], time.Second}} {
		if part.digits == "" {
			continue
		}
		n, err := strconv.ParseFloat(part.digits, 64)
		if err != nil {
			return 0, fmt.Errorf("%q is no duration like P14D or PT1M", s)
		}
		total += n * float64(part.unit)
	}
	if total >= math.MaxInt64 {
		return math.MaxInt64, nil
	}

	return time.Duration(total), nil
}

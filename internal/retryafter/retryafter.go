// Package retryafter reads how long an HTTP answer asks its caller to wait.
package retryafter

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Longest is the longest pause that is believed.
const Longest = 24 * time.Hour

// Read returns the pause that an answer asks for: Azure's two headers in
// milliseconds before the standard's, in seconds or as a date. No pause, one
// that has passed and one that can't be read are 0; more than a day is a day.
// asked reports whether the answer has any of the headers.
func Read(h http.Header, now time.Time) (pause time.Duration, asked bool) {
	for _, unit := range []struct {
		header string
		of     time.Duration
	}{
		{"Retry-After-Ms", time.Millisecond}, {"X-Ms-Retry-After-Ms", time.Millisecond}, {"Retry-After", time.Second},
	} {
		value := strings.TrimSpace(h.Get(unit.header))
		if value == "" {
			continue
		}

		asked = true
		n, err := strconv.ParseFloat(value, 64)
		if err == nil {
			if n != n || n <= 0 {
				return 0, true
			}
			return time.Duration(min(n*float64(unit.of), float64(Longest))), true
		}
		if date, err := http.ParseTime(value); err == nil {
			return min(max(date.Sub(now), 0), Longest), true
		}
	}
	return 0, asked
}

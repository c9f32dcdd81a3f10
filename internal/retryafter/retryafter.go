// Package retryafter reads how long an HTTP response asks its caller to wait.
package retryafter

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Longest is the longest pause that Read returns.
const Longest = 24 * time.Hour

// Read returns the pause that a response asks for, at most Longest. Azure's two headers,
// in milliseconds, take precedence over the standard one, in seconds or as a date. A pause
// that is over or can't be read is 0. asked reports whether the response has any of the
// headers.
func Read(h http.Header, now time.Time) (pause time.Duration, asked bool) {
	for _, header := range []struct {
		name string
		unit time.Duration
	}{
		{"Retry-After-Ms", time.Millisecond},
		{"X-Ms-Retry-After-Ms", time.Millisecond},
		{"Retry-After", time.Second},
	} {
		value := strings.TrimSpace(h.Get(header.name))
		if value == "" {
			continue
		}

		asked = true
		if n, err := strconv.ParseFloat(value, 64); err == nil {
			return times(n, header.unit), true
		}
		if date, err := http.ParseTime(value); err == nil {
			return min(max(date.Sub(now), 0), Longest), true
		}
	}

	return 0, asked
}

// times returns n units as a pause. What is no positive number of them is 0.
func times(n float64, unit time.Duration) time.Duration {
	if math.IsNaN(n) || n <= 0 {
		return 0
	}
	return time.Duration(min(n*float64(unit), float64(Longest)))
}

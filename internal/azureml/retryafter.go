package azureml

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter bounds what an upstream may ask for.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads the pause that an answer asks for: Azure's two headers in
// milliseconds before the standard's, in seconds or as a date. No pause, one
// that has passed and one that can't be read are 0; more than a day is a day.
// asked tells whether there is any of the headers.
func retryAfter(h http.Header, now time.Time) (pause time.Duration, asked bool) {
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
			return time.Duration(min(n*float64(unit.of), float64(maxRetryAfter))), true
		}
		if date, err := http.ParseTime(value); err == nil {
			return min(max(date.Sub(now), 0), maxRetryAfter), true
		}
	}
	return 0, asked
}

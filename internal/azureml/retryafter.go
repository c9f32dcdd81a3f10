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
func retryAfter(h http.Header, now time.Time) time.Duration {
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
		n, err := strconv.ParseFloat(value, 64)
		if err == nil {
			if n != n || n <= 0 {
				return 0
			}
			return time.Duration(min(n*float64(unit.of), float64(maxRetryAfter)))
		}
		if date, err := http.ParseTime(value); err == nil {
			return min(max(date.Sub(now), 0), maxRetryAfter)
		}
	}
	return 0
}

package azureml

import (
	"net/http"
	"regexp"
	"strconv"
	"time"
)

// operationTimeout is the header by which the service says how long a deletion may run.
const operationTimeout = "X-Ms-Async-Operation-Timeout"

// isoDuration is a duration in ISO 8601 without years and months, such as PT1H.
var isoDuration = regexp.MustCompile(`^P(?:(\d{1,4})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})(?:\.\d+)?S)?)?$`)

// operationEnd returns when a deletion that begins now is to have ended; zero where the
// answer doesn't say, or not so that it can be read.
func operationEnd(h http.Header, now time.Time) time.Time {
	parts := isoDuration.FindStringSubmatch(h.Get(operationTimeout))
	if parts == nil {
		return time.Time{}
	}

	var d time.Duration
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		n, _ := strconv.Atoi(parts[i+1]) // a part that is missing is zero
		d += time.Duration(n) * unit
	}
	if d <= 0 {
		return time.Time{}
	}

	return now.Add(d).UTC()
}

// overdue reports whether the deletion runs longer than the upstream has said. It is asked
// once more at that time.
func (p *deletionPoll) overdue() bool {
	return !p.until.IsZero() && p.notBefore.After(p.until) && time.Now().After(p.until)
}

package fanout

import (
	"strings"
	"time"
)

// clockSkew is how far a sender's clock, with its day and its time zone, may be ahead of the
// queue's.
const clockSkew = 72 * time.Hour

// earliest is before any request, and after the times that stand for none: those of the
// year 1, of 1900 and of 1970.
var earliest = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)

// parseMoment reads a date and time of RFC 3339, in which t and z may be small letters.
// wrong says what is wrong with it, "" for nothing, and quotes no value.
func parseMoment(text string) (at time.Time, wrong string) {
	text = strings.ToUpper(text)
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		if strings.Contains(text, ":60") {
			return time.Time{}, "has second 60, which few readers know; send second 59"
		}
		return time.Time{}, "want a date-time of RFC 3339, like 2026-11-24T10:00:00Z"
	}

	at = at.UTC()
	if at.Before(earliest) {
		return time.Time{}, "is before the year 1990; leave it out for the default"
	}
	if at.Year() > 9999 {
		return time.Time{}, "is after the year 9999 in UTC; leave it out for the default"
	}

	return at, ""
}

// parsePast is parseMoment for the time at which something was done by a time of the queue's
// clock, zero for unknown.
func parsePast(text string, by time.Time, done string) (at time.Time, wrong string) {
	at, wrong = parseMoment(text)
	if wrong == "" && !by.IsZero() && at.After(by.Add(clockSkew)) {
		return time.Time{}, "is in the future; send the time at which it was " + done
	}
	return at, wrong
}

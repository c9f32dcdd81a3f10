package dsr

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ClosedPrefix is the root, in the index container, of the closed attempts: of each request
// the last one. It is no evidence.
const ClosedPrefix = "_closed/"

// ClosedMark is a closed attempt as the index has it.
type ClosedMark struct {
	Attempt
	Name        string // below ClosedPrefix
	ClosedAt    time.Time
	Kind        string
	Status      Status
	SubmittedAt time.Time
	DueAt       time.Time
	Failures    int
	Reason      string // of most of the failures; "": nothing failed, or an earlier version closed it
}

// lastSecond is a second of which the names of all closed attempts count down.
const lastSecond = 99_999_999_999

// Closed names the index blob of a closed attempt. The latest one sorts first.
func (a Attempt) Closed(at time.Time) string {
	return fmt.Sprintf("%s%011d~%s~%d", ClosedPrefix, lastSecond-at.Unix(), a.RequestID, a.Number)
}

// ParseClosed reads an index blob's name: the attempt, and the second in which it was closed.
func ParseClosed(name string) (Attempt, time.Time, error) {
	wrong := fmt.Errorf("%q is not the name of a closed attempt", name)
	rest, ok := strings.CutPrefix(name, ClosedPrefix)
	left, attempt, found := strings.Cut(rest, "~")
	seconds, err := strconv.ParseInt(left, 10, 64)
	if !ok || !found || err != nil || len(left) != 11 {
		return Attempt{}, time.Time{}, wrong
	}
	a, err := ParseOpen(OpenPrefix + attempt)
	if err != nil {
		return Attempt{}, time.Time{}, wrong
	}
	return a, time.Unix(lastSecond-seconds, 0).UTC(), nil
}

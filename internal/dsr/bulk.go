package dsr

import (
	"strings"
	"time"
)

// BulkTime is how the id of a scheduled export writes its time, in UTC: in the
// order of time.
const BulkTime = "20060102T150405Z"

const bulkPrefix = "bulk-"

// BulkID is the id of the scheduled export of a scope at a time: the same for
// a timer that fires twice. Ids of one scope are in the order of their times.
func BulkID(scope string, at time.Time) string {
	return bulkPrefix + hex16(scope) + "-" + at.UTC().Format(BulkTime)
}

// SplitBulkID takes the id of a scheduled export apart: what the ids of all runs
// of its scope begin with, and the time of this run. False for any other id.
func SplitBulkID(id string) (prefix string, at time.Time, ok bool) {
	cut := strings.LastIndexByte(id, '-') + 1
	if !strings.HasPrefix(id, bulkPrefix) || cut <= len(bulkPrefix) {
		return "", time.Time{}, false
	}
	at, err := time.Parse(BulkTime, id[cut:])
	return id[:cut], at, err == nil && isHex16(id[len(bulkPrefix):cut-1])
}

package dsr

import (
	"strings"
	"time"
)

// BulkTime is the layout of the time, in UTC, in the id of a scheduled export. Texts of
// it sort in the order of time.
const BulkTime = "20060102T150405Z"

const bulkPrefix = "bulk-"

// BulkID returns the id of the scheduled export of a scope at a time. A timer that fires
// twice makes the same id. Ids of one scope sort in the order of their times.
func BulkID(scope string, at time.Time) string {
	return bulkPrefix + hex16(scope) + "-" + at.UTC().Format(BulkTime)
}

// SplitBulkID splits the id of a scheduled export into the prefix of all runs of its
// scope and the time of this run. ok is false for any other id.
func SplitBulkID(id string) (prefix string, at time.Time, ok bool) {
	cut := strings.LastIndexByte(id, '-') + 1
	if !strings.HasPrefix(id, bulkPrefix) || cut <= len(bulkPrefix) {
		return "", time.Time{}, false
	}
	at, err := time.Parse(BulkTime, id[cut:])
	return id[:cut], at, err == nil && isHex16(id[len(bulkPrefix):cut-1])
}

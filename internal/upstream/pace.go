package upstream

import (
	"net/http"
	"strconv"
	"time"
)

// How many calls Azure Resource Manager still grants a subscription; reads and
// deletes have a quota each.
const (
	remainingReads   = "X-Ms-Ratelimit-Remaining-Subscription-Reads"
	remainingDeletes = "X-Ms-Ratelimit-Remaining-Subscription-Deletes"
)

const (
	// lowQuota is the number of remaining calls below which calls are spaced out.
	lowQuota = 100
	// spacing is added between two calls for each one below lowQuota: 200 ms when
	// none is left.
	spacing = 2 * time.Millisecond
)

// pace spaces out the calls of a method.
type pace struct {
	interval time.Duration // between two calls
	nextTurn time.Time
}

// intervalAt returns the interval between two calls when so many are left.
func intervalAt(left int) time.Duration {
	return spacing * time.Duration(min(max(lowQuota-left, 0), lowQuota))
}

// remainingCalls reads how many calls of a method's kind are left, if the answer
// says so.
func remainingCalls(method string, h http.Header) (left int, known bool) {
	name := remainingReads
	if method == http.MethodDelete {
		name = remainingDeletes
	}
	left, err := strconv.Atoi(h.Get(name))
	return left, err == nil
}

package operator

import "strings"

// maxReason bounds a reason, in bytes.
const maxReason = 1000

// checkReason returns an Invalid error for a reason that is too long, and for an empty one
// unless wanted is empty too. wanted is why a reason is needed.
func checkReason(reason, wanted string) error {
	if wanted != "" && strings.TrimSpace(reason) == "" {
		return invalid("reason", "reason is missing: %s", wanted)
	}
	if len(reason) > maxReason {
		return invalid("reason", "reason is longer than %d bytes", maxReason)
	}
	return nil
}

// maxBy bounds the name of who orders something, in bytes.
const maxBy = 200

// checkBy returns an Invalid error for a name that is too long.
func checkBy(by string) error {
	if len(by) > maxBy {
		return invalid("by", "by is longer than %d bytes", maxBy)
	}
	return nil
}

package operator

import "strings"

// maxReason bounds what is kept of a reason, in bytes.
const maxReason = 1000

// checkReason refuses a reason that is missing where wanted says why it is needed,
// and one that is too long.
func checkReason(reason, wanted string) error {
	if wanted != "" && strings.TrimSpace(reason) == "" {
		return invalid("reason", "reason is missing: %s", wanted)
	}
	if len(reason) > maxReason {
		return invalid("reason", "reason is longer than %d bytes", maxReason)
	}
	return nil
}

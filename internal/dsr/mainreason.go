package dsr

import (
	"maps"
	"slices"
)

// MainReason returns the reason that most of some failures have, "" where nothing failed. Of
// several it is the first in the alphabet, so that it is the same each time.
func MainReason(failures []Failure) (reason string) {
	counts := map[string]int{}
	for _, f := range failures {
		counts[f.Reason]++
	}
	for _, r := range slices.Sorted(maps.Keys(counts)) {
		if counts[r] > counts[reason] {
			reason = r
		}
	}
	return reason
}

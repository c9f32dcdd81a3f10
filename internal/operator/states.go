package operator

import (
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

func openStates() []string {
	return []string{StateReceived, StateRunning, StateAwaitingApproval}
}

func closedStates() []string {
	return []string{
		string(dsr.StatusSucceeded),
		string(dsr.StatusPartiallyFailed),
		string(dsr.StatusFailed),
		string(dsr.StatusCanceled),
		string(dsr.StatusRejected),
	}
}

// isClosedState reports whether closed requests may be of a state that is asked for.
func isClosedState(state string) bool {
	return state == StateClosed || slices.Contains(closedStates(), state)
}

// checkStates returns an Invalid error for a state that no list can be asked for.
func checkStates(states []string) error {
	known := slices.Concat([]string{StateOpen, StateClosed}, openStates(), closedStates())
	for _, s := range states {
		if !slices.Contains(known, s) {
			return invalid("state", "state: want some of %s", strings.Join(known, ", "))
		}
	}
	return nil
}

package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"azureml-dsr/internal/dsr"
)

// States of a request that no manifest closes yet.
const (
	stateReceived = "received"
	stateRunning  = "running"
	// stateAwaitingApproval is that of a request whose deletions are planned.
	stateAwaitingApproval = "awaitingApproval"
)

// status is how far a request is.
type status struct {
	ID       string       `json:"id"`
	Kind     string       `json:"kind"` // "": not known yet
	Attempt  int          `json:"attempt"`
	State    string       `json:"state"`
	Due      moment       `json:"due"`
	DaysLeft int          `json:"daysLeft"` // of the calendar; negative when it is overdue
	Types    []typeStatus `json:"types"`    // in the plan's order
	// Failures are the manifest's, once there is one.
	Failures []dsr.Failure `json:"failures,omitempty"`
}

// shownFailures is how many failures are printed as lines; all are in the JSON.
const shownFailures = 20

// typeStatus counts the tasks of a resource type. Each counts once.
type typeStatus struct {
	Type      string `json:"type"`
	Done      int64  `json:"done"`
	Waiting   int64  `json:"waiting"`
	Scheduled int64  `json:"scheduled"` // waits for its time
	Until     moment `json:"until"`     // the last of those times
	Failed    int64  `json:"failed"`    // or canceled
}

// moment is a time that may not be known: null in JSON.
type moment struct{ time.Time }

// MarshalJSON implements json.Marshaler.
func (m moment) MarshalJSON() ([]byte, error) {
	if m.IsZero() {
		return []byte("null"), nil
	}
	return m.UTC().MarshalJSON()
}

// in formats the time, or gives a dash.
func (m moment) in(layout string) string {
	if m.IsZero() {
		return orDash("")
	}
	return m.UTC().Format(layout)
}

// newTypes begins the counts of a plan's types.
func newTypes(plan dsr.Plan) []typeStatus {
	types := []typeStatus{}
	for _, n := range plan.Nodes {
		for _, typ := range append([]string{n.Type}, n.Followers...) {
			if !slices.ContainsFunc(types, func(t typeStatus) bool { return t.Type == typ }) {
				types = append(types, typeStatus{Type: typ})
			}
		}
	}
	return types
}

func (s status) closed() bool { return !isOpen(s.State) }

func isOpen(state string) bool {
	return state == stateReceived || state == stateRunning || state == stateAwaitingApproval
}

// tasks counts those that are over, and all that are known.
func (s status) tasks() (over, all int64) {
	for _, t := range s.Types {
		over += t.Done + t.Failed
		all += t.Done + t.Failed + t.Waiting + t.Scheduled
	}
	return over, all
}

// scheduledNote says on the bar's line what waits for its time.
func (s status) scheduledNote() string {
	var n int64
	var until time.Time
	for _, t := range s.Types {
		n += t.Scheduled
		if t.Until.After(until) {
			until = t.Until.Time
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %d scheduled until %s", n, until.Format(time.RFC3339))
}

// differs tells whether there is something new to show.
func (s status) differs(shown status) bool {
	return s.State != shown.State || s.DaysLeft != shown.DaysLeft || !slices.Equal(s.Types, shown.Types)
}

func (s status) print(w io.Writer) {
	days := strconv.Itoa(s.DaysLeft)
	if s.Due.IsZero() {
		days = orDash("")
	}
	printFields(w, s.ID, orDash(s.Kind), fmt.Sprintf("attempt=%d", s.Attempt), s.State, "due="+s.Due.in(time.DateOnly), "daysLeft="+days)
	for _, t := range s.Types {
		printFields(w, t.Type, fmt.Sprintf("done=%d", t.Done), fmt.Sprintf("waiting=%d", t.Waiting),
			fmt.Sprintf("scheduled=%d", t.Scheduled), "until="+t.Until.in(time.RFC3339), fmt.Sprintf("failed=%d", t.Failed))
	}
	for i, f := range s.Failures {
		if i == shownFailures {
			printFields(w, "failure", fmt.Sprintf("and %d more; --json shows them", len(s.Failures)-i))
			break
		}
		printFields(w, "failure", f.Endpoint, f.Target, orDash(f.Item), f.Error)
	}
}

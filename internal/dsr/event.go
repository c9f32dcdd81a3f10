package dsr

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Change is what has changed in a request.
type Change string

// Changes of a request, as events name them.
const (
	ChangeReceived      Change = "received"
	ChangeStarted       Change = "started"
	ChangeExtended      Change = "extended"
	ChangeNeedsApproval Change = "needsApproval"
	ChangeDueSoon       Change = "dueSoon"
	ChangeLate          Change = "late"
	ChangeCompleted     Change = "completed"
	ChangeFailed        Change = "failed"
	ChangeCanceled      Change = "canceled"
	ChangeRejected      Change = "rejected"
)

// Alerts reports whether somebody should look at the request because of the change. Such a
// change is recorded and logged of every request, any other only where a callback is to
// hear of it.
func (c Change) Alerts() bool {
	switch c {
	case ChangeNeedsApproval, ChangeDueSoon, ChangeLate, ChangeFailed:
		return true
	default:
		return false
	}
}

// EventsPrefix is the root, in the audit container, of the records of changes.
const EventsPrefix = "_events/"

// Event is the record of a change. A request's events are numbered from 1 without a gap.
// They name no person and no resource.
type Event struct {
	SchemaVersion string    `json:"schemaVersion"`
	RequestID     string    `json:"requestId"`
	Sequence      int       `json:"sequence"`
	Change        Change    `json:"change"`
	Attempt       int       `json:"attempt"`
	Kind          string    `json:"kind"`
	DryRun        bool      `json:"dryRun,omitempty"`
	State         string    `json:"state"`
	DueAt         time.Time `json:"dueAt"`
	Documents     int64     `json:"documents"` // stored, once the attempt is closed
	Failures      int64     `json:"failures"`  // likewise
	At            time.Time `json:"at"`        // when the change happened
	RecordedAt    time.Time `json:"recordedAt"`
}

// EventKey identifies a change of a request: of events with one key there is only one.
type EventKey struct {
	change  Change
	attempt int
	due     int64 // Unix time
}

// Key returns what identifies the change. A request is received and extended once, it is
// due soon and late once for each deadline, and all else is once in an attempt.
func (e Event) Key() EventKey {
	switch e.Change {
	case ChangeReceived, ChangeExtended:
		return EventKey{change: e.Change}
	case ChangeDueSoon, ChangeLate:
		return EventKey{change: e.Change, due: e.DueAt.Unix()}
	default:
		return EventKey{change: e.Change, attempt: e.Attempt}
	}
}

// ID is the event's id for its receivers. It has no dot, which would end it where
// signatures are made.
func (e Event) ID() string { return e.RequestID + "~" + strconv.Itoa(e.Sequence) }

// EventBlob names the record of a request's change.
func EventBlob(id string, sequence int) string {
	return fmt.Sprintf("%s%s/%06d.json", EventsPrefix, id, sequence)
}

// Outcome of telling a callback of a change.
const (
	ToldDelivered = "delivered"
	// ToldStopped means that the receiver wants to hear nothing more of the request.
	ToldStopped = "stopped"
	// ToldDead means that all tries have failed. A later one may still be delivered.
	ToldDead = "dead"
)

// Told is the record of what came of telling a callback of a change.
type Told struct {
	SchemaVersion string    `json:"schemaVersion"`
	RequestID     string    `json:"requestId"`
	Sequence      int       `json:"sequence"`
	Callback      int       `json:"callback"`
	Outcome       string    `json:"outcome"`
	Status        int       `json:"status"` // of the receiver's answer; 0: none
	At            time.Time `json:"at"`
}

// Blob names the record.
func (t Told) Blob() string {
	return fmt.Sprintf("%s%s/%06d-%02d-%s.json", EventsPrefix, t.RequestID, t.Sequence, t.Callback, t.Outcome)
}

// EventMark is what a listing shows of a record below a request's events: of the change
// itself, or of what came of telling a callback of it.
type EventMark struct {
	Sequence int
	Callback int    // 0: the change itself
	Outcome  string // "": likewise
	Created  time.Time
}

// ParseEventMark reads the name of a record below a request's events. The error is
// ErrNoRecord where no record has such a name.
func ParseEventMark(rest string, created time.Time) (EventMark, error) {
	m := EventMark{Created: created}
	file, isJSON := strings.CutSuffix(rest, ".json")
	sequence, outcome, told := strings.Cut(file, "-")
	var err error
	if m.Sequence, err = strconv.Atoi(sequence); err == nil && told {
		var callback string
		callback, m.Outcome, _ = strings.Cut(outcome, "-")
		m.Callback, err = strconv.Atoi(callback)
	}

	name := EventBlob("", m.Sequence)
	if told {
		name = Told{Sequence: m.Sequence, Callback: m.Callback, Outcome: m.Outcome}.Blob()
	}
	if err != nil || !isJSON || name != EventsPrefix+"/"+rest {
		return m, fmt.Errorf("%q is not the name of an event: %w", rest, ErrNoRecord)
	}

	return m, nil
}

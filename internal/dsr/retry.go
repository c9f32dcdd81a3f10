package dsr

import "time"

// LateTime is the least time that an attempt after the first may take. Without it, one
// that is ordered near the deadline would end at its first pause.
const LateTime = 3 * 24 * time.Hour

// Retry is retry.json: the order for an attempt after the first. Such an attempt repeats
// what failed in the one before.
type Retry struct {
	SchemaVersion string    `json:"schemaVersion"`
	RequestID     string    `json:"requestId"`
	Attempt       int       `json:"attempt"` // the one that is ordered, from 2
	Previous      HashRef   `json:"previous"`
	Only          []string  `json:"only"` // resource types; empty: all
	RequestedAt   time.Time `json:"requestedAt"`
	By            string    `json:"by,omitempty"` // who has signed in to order it
	Reason        string    `json:"reason,omitempty"`
}

// Retry names the record of the order for the attempt; the first has none.
func (a Attempt) Retry() string { return a.Prefix() + "retry.json" }

// Before returns the attempt before.
func (a Attempt) Before() Attempt { return Attempt{RequestID: a.RequestID, Number: a.Number - 1} }

// Deadline returns when the attempt may wait no longer: at the request's deadline, or
// LateTime after the order where that is later.
func (r Retry) Deadline(due time.Time) time.Time {
	if late := r.RequestedAt.Add(LateTime); late.After(due) {
		return late
	}
	return due
}

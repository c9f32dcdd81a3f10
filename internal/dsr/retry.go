package dsr

import "time"

// LateTime is how long after it was asked for an attempt may at least go on:
// one that begins near the deadline, or after it, must not end at its first
// pause.
const LateTime = 3 * 24 * time.Hour

// Retry is retry.json: the order for an attempt after the first, which does
// again what failed in the one before.
type Retry struct {
	SchemaVersion string    `json:"schemaVersion"`
	RequestID     string    `json:"requestId"`
	Attempt       int       `json:"attempt"` // the one that is ordered, from 2
	Previous      HashRef   `json:"previous"`
	Only          []string  `json:"only"` // resource types; empty: all
	RequestedAt   time.Time `json:"requestedAt"`
}

// Retry names the order for the attempt; the first has none.
func (a Attempt) Retry() string { return a.Prefix() + "retry.json" }

// Before returns the attempt before.
func (a Attempt) Before() Attempt { return Attempt{RequestID: a.RequestID, Number: a.Number - 1} }

// Deadline is until when an attempt may wait for anything: the request's
// deadline, or LateTime after an order that came near it or after it.
func (r Retry) Deadline(due time.Time) time.Time {
	if late := r.RequestedAt.Add(LateTime); late.After(due) {
		return late
	}
	return due
}

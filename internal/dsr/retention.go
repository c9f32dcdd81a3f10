package dsr

import (
	"fmt"
	"strings"
	"time"
)

// Retention is retention.json: how many documents an attempt had when their removal
// began. It stays as evidence after they are gone.
type Retention struct {
	SchemaVersion string    `json:"schemaVersion"`
	RequestID     string    `json:"requestId"`
	Attempt       int       `json:"attempt"`
	ClosedAt      time.Time `json:"closedAt"`           // of the manifest
	RetentionDays int       `json:"retentionDays"`      // the setting by which they had expired
	Blobs         int64     `json:"blobs"`              // below {requestId}/{attempt}/ in the exports container
	Documents     int64     `json:"documents"`          // in those that are parts
	Bytes         int64     `json:"bytes"`              // of all of them
	BeganAt       time.Time `json:"beganAt"`            // when the removal began
	ErasedBy      string    `json:"erasedBy,omitempty"` // the request that erased them, before they had expired
}

// Erasure is the order of a request to erase an attempt's documents before they expire.
type Erasure struct {
	Index string    // the attempt's blob below ExpiresPrefix
	By    string    // the id of the request that erases
	At    time.Time // when it does
}

// Retention names the record of the removal of the attempt's documents.
func (a Attempt) Retention() string { return a.Prefix() + "retention.json" }

// ParseExpires reads an index blob's name: the attempt, and the first day on
// which its documents may go.
func ParseExpires(name string) (Attempt, time.Time, error) {
	rest, ok := strings.CutPrefix(name, ExpiresPrefix)
	date, attempt, found := strings.Cut(rest, "~")
	day, err := time.Parse(time.DateOnly, date)
	if !ok || !found || err != nil {
		return Attempt{}, time.Time{}, fmt.Errorf("%q is not the name of an expiring attempt", name)
	}
	a, err := ParseOpen(OpenPrefix + attempt)
	if err != nil {
		return Attempt{}, time.Time{}, fmt.Errorf("%q is not the name of an expiring attempt", name)
	}
	return a, day, nil
}

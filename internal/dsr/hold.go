package dsr

import (
	"fmt"
	"strings"
	"time"
)

// HoldsPrefix is the root of the holds in the audit container.
const HoldsPrefix = "_holds/"

// Hold keeps something from being deleted. A change of it is a further record: the one
// with the highest number counts.
type Hold struct {
	SchemaVersion string    `json:"schemaVersion"`
	ID            string    `json:"id"`
	Number        int       `json:"n"` // of this record, from 1
	On            string    `json:"on"`
	Reason        string    `json:"reason"`
	Until         time.Time `json:"until,omitzero"` // zero: until it is released
	Released      bool      `json:"released"`
	At            time.Time `json:"at"`
	By            string    `json:"by,omitempty"`       // who has signed in to order it
	StatedBy      string    `json:"statedBy,omitempty"` // who orders it, as nothing but the order states
}

// Holds returns the request's own holds. They count beside all others and lift none.
func (r Request) Holds() []Hold {
	var holds []Hold
	for _, on := range r.Hold {
		holds = append(holds, Hold{ID: "request", On: on, Reason: "the request says so"})
	}
	return holds
}

// Blob names the record.
func (h Hold) Blob() string { return fmt.Sprintf("%s%s/%04d.json", HoldsPrefix, h.ID, h.Number) }

// Holds reports whether the hold is in force.
func (h Hold) Holds(now time.Time) bool {
	return !h.Released && (h.Until.IsZero() || now.Before(h.Until))
}

// HoldsAt returns the holds that are in force.
func HoldsAt(holds []Hold, now time.Time) []Hold {
	var out []Hold
	for _, h := range holds {
		if h.Holds(now) {
			out = append(out, h)
		}
	}
	return out
}

// OnScope reports whether the hold is on an ARM id, and so on all that is in it. A hold
// on any other id is on the documents that have this id.
func (h Hold) OnScope() bool { return strings.HasPrefix(h.On, "/") }

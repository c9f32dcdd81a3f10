package dsr

import (
	"strings"
	"time"
)

// CancelRecord is cancel.json, whose existence stops an attempt.
type CancelRecord struct {
	SchemaVersion string    `json:"schemaVersion"`
	RequestID     string    `json:"requestId"`
	Attempt       int       `json:"attempt"`
	At            time.Time `json:"at"`
	Reason        string    `json:"reason"`
	By            string    `json:"by,omitempty"`
	// Refused means that the request itself is refused (GDPR article 12(4)), and not only
	// stopped.
	Refused bool `json:"refused,omitempty"`
}

// Refusal is what a manifest says of the refusal of its request. It vouches for cancel.json.
type Refusal struct {
	SHA256    string    `json:"sha256"`
	Reason    string    `json:"reason"`
	RefusedAt time.Time `json:"refusedAt"`
}

// RefusalOf returns the refusal that a record of a hash is, nil for a plain cancel.
func RefusalOf(r CancelRecord, sum string) *Refusal {
	if !r.Refused {
		return nil
	}
	return &Refusal{SHA256: sum, Reason: r.Reason, RefusedAt: r.At}
}

// Stopped reports whether an attempt was closed because its request was canceled or refused.
func (s Status) Stopped() bool { return s == StatusCanceled || s == StatusRejected }

// AnyDeletion reports whether a deletion has begun: a row of deletions, whose ids begin with
// a D, counts anything.
func (t Totals) AnyDeletion() bool {
	for id, counts := range t {
		if strings.HasPrefix(id, "D") && counts != (Counts{}) {
			return true
		}
	}
	return false
}

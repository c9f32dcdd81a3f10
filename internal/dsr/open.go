package dsr

import "time"

// OpenRecord is the body of an attempt's `_open` blob: an index that the reconciler
// rewrites, and no evidence.
type OpenRecord struct {
	SchemaVersion string     `json:"schemaVersion"`
	RequestID     string     `json:"requestId"`
	Attempt       int        `json:"attempt"`
	DueAt         time.Time  `json:"dueAt"`
	LastCheck     *Check     `json:"lastCheck,omitempty"`
	PutBackAt     time.Time  `json:"putBackAt,omitzero"` // when the request was last re-enqueued for want of a plan
	Claim         string     `json:"claim,omitempty"`    // a random id of whoever is looking at the attempt
	Checkpoint    Checkpoint `json:"checkpoint,omitzero"`
}

// Check is what the reconciler remembers of its last look.
type Check struct {
	At       time.Time     `json:"at"`
	Took     time.Duration `json:"tookNanoseconds"`
	Interval time.Duration `json:"intervalNanoseconds"` // until the next one
	Receipts int64         `json:"receipts"`
}

// Intervals of the reconciler's own checks.
const (
	FirstCheckInterval = 2 * time.Second
	MaxCheckInterval   = 5 * time.Minute
	// checkRest is how many times a check's own duration must pass before the
	// next: checking never takes more than a tenth of the time.
	checkRest = 10
	maxRest   = time.Hour
)

// NextInterval is how long to wait after a check that found so many receipts:
// short after progress, doubling without it.
func (o OpenRecord) NextInterval(receipts int64) time.Duration {
	if o.LastCheck == nil || receipts > o.LastCheck.Receipts {
		return FirstCheckInterval
	}
	return min(max(2*o.LastCheck.Interval, FirstCheckInterval), MaxCheckInterval)
}

// RestUntil is the time before which a wake-up is too early. One that is further off
// than any check may cause is not believed.
func (o OpenRecord) RestUntil(now time.Time) time.Time {
	if o.LastCheck == nil {
		return time.Time{}
	}
	rest := o.LastCheck.At.Add(checkRest * o.LastCheck.Took)
	if rest.Sub(now) > maxRest {
		return time.Time{}
	}
	return rest
}

// Claims of an attempt.
const (
	// ClaimExpires is the age of an open record at which its claim is dead: nobody
	// who holds it looks at the attempt any more.
	ClaimExpires = time.Minute
	// ClaimRenewal is how often a claim is renewed.
	ClaimRenewal = 20 * time.Second
)

// CheckpointAge is after how long without progress an attempt is surveyed from nothing
// again: a checkpoint that is wrong keeps nothing open for good.
const CheckpointAge = time.Hour

// From returns the checkpoint from which a survey begins.
func (o OpenRecord) From(now time.Time) Checkpoint {
	idle := o.LastCheck != nil && o.LastCheck.Interval >= MaxCheckInterval
	age := now.Sub(o.Checkpoint.Since)
	if o.Checkpoint.Since.IsZero() || age < -CheckpointAge || (idle && age > CheckpointAge) {
		return Checkpoint{Since: now, Looked: o.Checkpoint.Looked}
	}
	return o.Checkpoint
}

// CheckAt puts a check on the next multiple of its interval, so that chains of
// checks meet in one message.
func CheckAt(now time.Time, interval time.Duration) time.Time {
	return now.Truncate(interval).Add(interval)
}

package dsr

import "time"

// OpenRecord is the body of an attempt's blob below _open/. The reconciler rewrites it, and
// it is no evidence.
type OpenRecord struct {
	SchemaVersion string     `json:"schemaVersion"`
	RequestID     string     `json:"requestId"`
	Attempt       int        `json:"attempt"`
	DueAt         time.Time  `json:"dueAt"`
	Kind          string     `json:"kind,omitempty"`       // "" where an earlier version has entered it
	SubmittedAt   time.Time  `json:"submittedAt,omitzero"` // likewise
	LastCheck     *Check     `json:"lastCheck,omitempty"`
	PutBackAt     time.Time  `json:"putBackAt,omitzero"` // when the request was last re-enqueued for want of a plan
	Claim         string     `json:"claim,omitempty"`    // a random id of the check that holds the claim
	Checkpoint    Checkpoint `json:"checkpoint,omitzero"`
}

// OpenMark is an open attempt as a listing of the index has it. It never changes.
type OpenMark struct {
	Attempt
	// Kind, DueAt and SubmittedAt are as the request has them; all zero where an earlier
	// version has written the blob. An extension moves the deadline further away.
	Kind        string
	DueAt       time.Time
	SubmittedAt time.Time
}

// Complete reports whether a mark says what a list is sorted by.
func (m OpenMark) Complete() bool {
	return m.Kind != "" && !m.DueAt.IsZero() && !m.SubmittedAt.IsZero()
}

// Check is what the reconciler remembers of its last check.
type Check struct {
	At       time.Time     `json:"at"`
	Took     time.Duration `json:"tookNanoseconds"`
	Interval time.Duration `json:"intervalNanoseconds"` // until the next one
	Receipts int64         `json:"receipts"`
}

// Intervals of the reconciler's own checks.
const (
	FirstCheckInterval = 5 * time.Second
	MaxCheckInterval   = 5 * time.Minute
	// checkRest is how many times a check's own duration must pass before the next one,
	// so that checks take no more than about a tenth of the time.
	checkRest = 10
	// lastRest is the same for a wake-up of an attempt that may have nothing left to do.
	// A person waits for that check. With many handlers others than the last task ask for
	// one, too, so it still takes no more than a quarter of the time.
	lastRest = 3
	maxRest  = time.Hour
)

// NextInterval returns how long to wait after a check that found so many receipts. It is
// short after progress and doubles without.
func (o OpenRecord) NextInterval(receipts int64) time.Duration {
	if o.LastCheck == nil || receipts > o.LastCheck.Receipts {
		return FirstCheckInterval
	}
	return min(max(2*o.LastCheck.Interval, FirstCheckInterval), MaxCheckInterval)
}

// RestUntil returns the time before which a wake-up is too early, zero for none. A time
// further off than any check may cause comes of a wrong clock and is ignored.
func (o OpenRecord) RestUntil(w WakeUp, now time.Time) time.Time {
	if o.LastCheck == nil {
		return time.Time{}
	}

	times := time.Duration(checkRest)
	if w.Last {
		times = lastRest
	}

	rest := o.LastCheck.At.Add(times * o.LastCheck.Took)
	if rest.Sub(now) > maxRest {
		return time.Time{}
	}
	return rest
}

// Claims of an attempt.
const (
	// ClaimExpires is the age of an open record at which its claim ends: whoever held it
	// is gone.
	ClaimExpires = time.Minute
	// ClaimRenewal is how often a claim is renewed.
	ClaimRenewal = 20 * time.Second
)

// CheckpointAge is the time without progress after which an attempt is surveyed from the
// beginning, so that no wrong checkpoint keeps it open for good.
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

// CheckAt returns the next multiple of a check's interval, so that several chains of
// checks meet in one wake-up.
func CheckAt(now time.Time, interval time.Duration) time.Time {
	return now.Truncate(interval).Add(interval)
}

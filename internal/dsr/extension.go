package dsr

import "time"

// Extension is extension.json: the one lengthening of a request's deadline that
// GDPR article 12(3) allows.
type Extension struct {
	SchemaVersion string    `json:"schemaVersion"`
	RequestID     string    `json:"requestId"`
	DueAt         time.Time `json:"dueAt"` // the deadline that it replaces
	Until         time.Time `json:"until"`
	Reason        string    `json:"reason"`
	ExtendedAt    time.Time `json:"extendedAt"`
	By            string    `json:"by,omitempty"` // who has signed in to order it
}

// ExtensionBlob names the record of a request's extension.
func ExtensionBlob(id string) string { return id + "/extension.json" }

// extendedMonths is how many months after its receipt an extended request ends at the
// latest: the month that any has, and the two that GDPR article 12(3) adds.
const extendedMonths = 3

// MaxExtension returns the latest deadline that a request may be extended to: the end of
// the same day three months after it was received, or of that month's last day. The
// months are counted from the receipt, since the first of them may be shorter. What the clock
// stood still is added.
func (r RequestRecord) MaxExtension() time.Time {
	received := r.SubmittedAt
	if received.IsZero() {
		received = r.ReceivedAt
	}

	latest := addMonths(received.UTC(), extendedMonths).Add(r.Paused().length())
	year, month, day := latest.Date()
	return time.Date(year, month, day, 23, 59, 59, 0, time.UTC)
}

// addMonths returns the same day of a later month, or that month's last day.
func addMonths(t time.Time, n int) time.Time {
	later := t.AddDate(0, n, 0)
	if later.Day() != t.Day() { // 31 January + 1 month normalises into March
		later = later.AddDate(0, 0, -later.Day())
	}
	return later
}

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
}

// ExtensionBlob names the record of a request's extension.
func ExtensionBlob(id string) string { return id + "/extension.json" }

// MaxExtension returns the latest deadline that due may be extended to: the same day two
// months later (GDPR article 12(3)), or that month's last day.
func MaxExtension(due time.Time) time.Time { return addMonths(due, 2) }

// addMonths returns the same day of a later month, or that month's last day.
func addMonths(t time.Time, n int) time.Time {
	later := t.AddDate(0, n, 0)
	if later.Day() != t.Day() { // 31 January + 1 month normalises into March
		later = later.AddDate(0, 0, -later.Day())
	}
	return later
}

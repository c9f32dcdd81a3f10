package operator

import "time"

// Moment is a time that may not be known: null in JSON.
type Moment struct{ time.Time }

// MarshalJSON implements json.Marshaler.
func (m Moment) MarshalJSON() ([]byte, error) {
	if m.IsZero() {
		return []byte("null"), nil
	}
	return m.UTC().MarshalJSON()
}

// daysUntil counts the days of the calendar, in UTC, that are left until a deadline.
// It is negative as soon as that has passed.
func daysUntil(due, now time.Time) int {
	const day = 24 * time.Hour
	days := int(due.UTC().Truncate(day).Sub(now.UTC().Truncate(day)) / day)
	if days == 0 && now.After(due) {
		return -1
	}
	return days
}

package operator

import "time"

// Moment is a time that may be unknown. The zero Moment is null in JSON.
type Moment struct{ time.Time }

// MarshalJSON implements json.Marshaler.
func (m Moment) MarshalJSON() ([]byte, error) {
	if m.IsZero() {
		return []byte("null"), nil
	}
	return m.UTC().MarshalJSON()
}

// daysUntil returns the number of calendar days, in UTC, until a deadline. It is negative
// as soon as the deadline has passed.
func daysUntil(due, now time.Time) int {
	const day = 24 * time.Hour
	days := int(due.UTC().Truncate(day).Sub(now.UTC().Truncate(day)) / day)
	if days == 0 && now.After(due) {
		return -1
	}
	return days
}

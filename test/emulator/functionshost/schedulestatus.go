package functionshost

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// scheduleStatus is what the host remembers of a timer. The zero
// time means never.
type scheduleStatus struct {
	last    time.Time // when it ran last
	next    time.Time // when it is due; while it runs, when it was
	updated time.Time // what next was reckoned from
}

func (s *scheduleStatus) json() string {
	if s == nil {
		return "null"
	}
	var m members
	m.add("Last", timerTime(s.last))
	m.add("Next", timerTime(s.next))
	m.add("LastUpdated", timerTime(s.updated))
	return m.String()
}

// timerTime writes the zero time as .NET's: the year 1, without a zone.
func timerTime(t time.Time) string {
	if t.IsZero() {
		return quote(t.Format(layoutUTC))
	}
	return quote(t.Format(layoutPrecise))
}

// statusFile keeps one timer's status, in the form of the real host's blob; the
// empty name keeps nothing.
type statusFile string

func statusFileOf(dir, function string) statusFile {
	if dir == "" {
		return ""
	}
	return statusFile(filepath.Join(dir, function+".status.json"))
}

// load returns nil when there is no status.
func (f statusFile) load() (*scheduleStatus, error) {
	if f == "" {
		return nil, nil
	}
	data, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the schedule status: %w", err)
	}

	var stored struct{ Last, Next, LastUpdated storedTime }
	if err := json.Unmarshal(data, &stored); err != nil {
		return nil, fmt.Errorf("reading the schedule status in %s: %w", f, err)
	}

	return &scheduleStatus{last: stored.Last.Time, next: stored.Next.Time, updated: stored.LastUpdated.Time}, nil
}

// save replaces the file as a whole: a host that stops in the middle leaves the old
// status.
func (f statusFile) save(s scheduleStatus) error {
	if f == "" {
		return nil
	}

	err := os.MkdirAll(filepath.Dir(string(f)), 0o755)
	if err == nil {
		err = os.WriteFile(string(f)+".new", []byte(s.json()), 0o644)
	}
	if err == nil {
		err = os.Rename(string(f)+".new", string(f))
	}
	if err != nil {
		return fmt.Errorf("keeping the schedule status: %w", err)
	}

	return nil
}

// storedTime reads what timerTime writes.
type storedTime struct{ time.Time }

func (t *storedTime) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	if zero, err := time.Parse(layoutUTC, text); err == nil && zero.IsZero() {
		return nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	t.Time = at.UTC()
	return err
}

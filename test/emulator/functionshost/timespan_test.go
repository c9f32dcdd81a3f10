package functionshost

import (
	"testing"
	"time"
)

func TestTimeSpans(t *testing.T) {
	tests := []struct {
		in   string
		want time.Duration
		ok   bool
	}{
		{"00:10:00", 10 * time.Minute, true},
		{"00:10", 10 * time.Minute, true},
		{"1.02:03:04.5", 26*time.Hour + 3*time.Minute + 4500*time.Millisecond, true},
		{"-00:00:00.0010000", -time.Millisecond, true},
		{"00:00:00.0000001", 100 * time.Nanosecond, true},
		{"24:00:00", 0, false},
		{"00:60:00", 0, false},
		{"00:00:60", 0, false},
		{"99999999.00:00:00", 0, false},
		{"10m", 0, false},
		{"", 0, false},
	}
	for _, tt := range tests {
		got, err := parseTimeSpan(tt.in)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("%q: got %s, %v", tt.in, got, err)
		}
	}
}

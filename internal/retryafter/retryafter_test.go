package retryafter

import (
	"net/http"
	"testing"
	"time"
)

func TestReadKnowsEachHeaderAndForm(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	tests := []struct {
		name, header, value string
		want                time.Duration
	}{
		{"nothing", "Retry-After", "", 0},
		{"seconds", "Retry-After", "17", 17 * time.Second},
		{"seconds with blanks", "Retry-After", " 5 ", 5 * time.Second},
		{"a fraction", "Retry-After", "0.5", 500 * time.Millisecond},
		{"zero", "Retry-After", "0", 0},
		{"below zero", "Retry-After", "-5", 0},
		{"more than a day", "Retry-After", "86401", 24 * time.Hour},
		{"more than any number", "Retry-After", "999999999999999999999999", 24 * time.Hour},
		{"no number at all", "Retry-After", "NaN", 0},
		{"a date", "Retry-After", "Tue, 24 Nov 2026 10:01:30 GMT", 90 * time.Second},
		{"a date that has passed", "Retry-After", "Tue, 24 Nov 2026 09:00:00 GMT", 0},
		{"a date next year", "Retry-After", "Wed, 24 Nov 2027 10:00:00 GMT", 24 * time.Hour},
		{"words", "Retry-After", "soon", 0},
		{"milliseconds", "Retry-After-Ms", "1500", 1500 * time.Millisecond},
		{"Azure's milliseconds", "X-Ms-Retry-After-Ms", "1500", 1500 * time.Millisecond},
	}
	for _, tt := range tests {
		h := http.Header{}
		h.Set(tt.header, tt.value)
		got, asked := Read(h, now)
		if got != tt.want || asked != (tt.value != "") {
			t.Errorf("%s: got %s, asked %t; want %s", tt.name, got, asked, tt.want)
		}
	}
}

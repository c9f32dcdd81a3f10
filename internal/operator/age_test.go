package operator

import (
	"testing"
	"time"
)

func TestAnAgeHasItsTwoLargestUnits(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Hour: "0m", 59 * time.Second: "0m", 61 * time.Minute: "1h1m", 26 * time.Hour: "1d2h", 14 * 24 * time.Hour: "14d0h",
	} {
		if got := age(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
}

package main

import (
	"testing"
	"time"
)

func TestTheMedianIsInTheMiddle(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{{[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 9, 2}, 3}} {
		if got := median(c.values); got != c.want {
			t.Errorf("%v: got %v, want %v", c.values, got, c.want)
		}
	}
}

func TestAPercentileIsAValueThatWasMeasured(t *testing.T) {
	var values []time.Duration
	for i := range 200 {
		values = append(values, time.Duration(200-i))
	}
	for p, want := range map[int]time.Duration{50: 100, 99: 198, 100: 200} {
		if got := percentile(values, p); got != want {
			t.Errorf("p%d: got %d, want %d", p, got, want)
		}
	}
	if got := percentile([]time.Duration{7}, 1); got != 7 {
		t.Errorf("of one value: got %d", got)
	}
}

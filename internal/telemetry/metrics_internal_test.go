package telemetry

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var aType = []Attr{{"dsr.resource.type", "runs"}}

// pointsOf returns the points of a metric, nil where it is not handed out.
func pointsOf(all []metricData, i *instrument) []point {
	for _, m := range all {
		if m.instrument == i {
			return m.points
		}
	}
	return nil
}

func TestWhatIsCountedIsHandedOut(t *testing.T) {
	for name, tt := range map[string]struct {
		delta        bool
		first, later float64
		idle         int // points where nothing was counted
	}{
		"since the beginning":   {false, 5, 7, 1},
		"since the time before": {true, 5, 2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMetrics(tt.delta, time.Now())
			m.add(Documents.instrument, 2, aType)
			m.add(Documents.instrument, 3, aType)
			if got := pointsOf(m.collect(time.Now()), Documents.instrument)[0].sum; got != tt.first {
				t.Errorf("at first %v", got)
			}
			m.add(Documents.instrument, 2, aType)
			if got := pointsOf(m.collect(time.Now()), Documents.instrument)[0].sum; got != tt.later {
				t.Errorf("later %v", got)
			}
			if got := pointsOf(m.collect(time.Now()), Documents.instrument); len(got) != tt.idle {
				t.Errorf("idle %v", got)
			}
		})
	}
}

func TestAGaugeThatIsNoLongerSetHasNoValue(t *testing.T) {
	m := newMetrics(false, time.Now())
	m.add(TimeToDue.instrument, 5, nil)
	m.add(TimeToDue.instrument, -2, nil)
	if got := pointsOf(m.collect(time.Now()), TimeToDue.instrument); len(got) != 1 || got[0].sum != -2 {
		t.Errorf("got %v", got)
	}
	if got := m.collect(time.Now()); got != nil {
		t.Errorf("got %v", got)
	}
}

func TestAValueFallsIntoItsBucket(t *testing.T) {
	bounds := []float64{1, 2}
	for value, want := range map[float64]int{-1: 0, 0.5: 0, 1: 0, 1.5: 1, 2: 1, 2.1: 2, 99: 2} {
		if got := bucketOf(bounds, value); got != want {
			t.Errorf("%v is in bucket %d, not %d", value, got, want)
		}
	}

	m := newMetrics(true, time.Now())
	for _, v := range []float64{0.001, 0.02, 60} {
		m.add(Calls.instrument, v, nil)
	}
	got := pointsOf(m.collect(time.Now()), Calls.instrument)[0]
	want := point{count: 3, sum: 60.021, min: 0.001, max: 60, buckets: []uint64{1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(point{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestTooManyCombinationsAreCountedTogether(t *testing.T) {
	m := newMetrics(true, time.Now())
	for i := range maxSeries + 10 {
		m.add(Documents.instrument, 1, []Attr{{"k", strconv.Itoa(i)}})
	}
	points := pointsOf(m.collect(time.Now()), Documents.instrument)
	if len(points) != maxSeries+1 {
		t.Fatalf("%d points", len(points))
	}
	for _, p := range points {
		if together := cmp.Equal(p.attrs, overflow); together != (p.sum == 10) {
			t.Errorf("%v is %v", p.attrs, p.sum)
		}
	}
}

package upstream

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/upstream/upstreamtest"
)

// bucket grants calls as Azure Resource Manager does: by a bucket of tokens that fills up
// again, whose content each answer tells.
type bucket struct {
	size, perSecond float64
	answerTime      time.Duration
	until           time.Time // later calls are not counted

	mu               sync.Mutex
	tokens           float64
	at               time.Time
	granted, refused int
}

func (q *bucket) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	q.mu.Lock()
	now := time.Now()
	q.tokens = min(q.size, q.tokens+q.perSecond*now.Sub(q.at).Seconds())
	q.at = now
	ok := q.tokens >= 1
	if ok {
		q.tokens--
	}
	switch {
	case now.After(q.until):
	case ok:
		q.granted++
	default:
		q.refused++
	}
	left := int(q.tokens)
	q.mu.Unlock()

	<-time.After(q.answerTime) // in the bubble's time
	w.Header().Set(remainingReads, fmt.Sprint(left))
	if !ok {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
	}
}

// TestTheFleetUsesWhatIsGranted has processes that know nothing of one another call the same
// subscription, each with as many calls at once as it may, as if all work came at once.
func TestTheFleetUsesWhatIsGranted(t *testing.T) {
	const (
		lasts   = 5 * time.Minute
		callers = 16
	)
	for _, c := range []struct {
		processes  int
		size, rate float64
		answerTime time.Duration
	}{
		{1, 250, 25, 20 * time.Millisecond},
		{4, 250, 25, 20 * time.Millisecond},
		{16, 250, 25, 20 * time.Millisecond},
		{40, 250, 25, 20 * time.Millisecond},
		{1, 250, 25, 400 * time.Millisecond},
		{16, 250, 25, 400 * time.Millisecond},
		{40, 250, 25, 400 * time.Millisecond},
		{4, 200, 10, 100 * time.Millisecond},  // what is granted for deletions
		{16, 200, 10, 100 * time.Millisecond}, // the same
		{16, 250, 60, 100 * time.Millisecond}, // more than is assumed
	} {
		t.Run(fmt.Sprintf("%d processes, %.0f a second, %s", c.processes, c.rate, c.answerTime), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begun := time.Now()
				q := &bucket{size: c.size, perSecond: c.rate, answerTime: c.answerTime, until: begun.Add(lasts), tokens: c.size, at: begun}
				var all sync.WaitGroup
				for range c.processes {
					client := newClient(t, upstreamtest.Serve(q.ServeHTTP))
					for range callers {
						all.Go(func() {
							ctx, end := WithWork(t.Context())
							defer end()
							for time.Since(begun) < lasts {
								if resp, err := ask(ctx, client, call{url: here}); err == nil {
									_ = resp.Body.Close()
								} else {
									<-time.After(2 * time.Second) // in the bubble's time
								}
							}
						})
					}
				}
				all.Wait()

				allowed := c.size + c.rate*lasts.Seconds()
				t.Logf("%.1f %% used, %d of %d refused", 100*float64(q.granted)/allowed, q.refused, q.granted+q.refused)
				if float64(q.granted) < 0.95*allowed {
					t.Errorf("%d calls granted, %.0f were allowed", q.granted, allowed)
				}
				if q.refused*100 >= q.granted+q.refused {
					t.Errorf("%d of %d calls were refused", q.refused, q.granted+q.refused)
				}
			})
		})
	}
}

package faults

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/local/azureml"
)

// obedience counts the calls that a handler starts inside a pause it was told of.
type obedience struct {
	mu          sync.Mutex
	told, until time.Time
	early       int
}

// onTheWay is how long a call or an answer may be on its way between a door and
// its handler: those that cross are no disobedience.
const onTheWay = 200 * time.Millisecond

func (o *obedience) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now := time.Now()
		o.mu.Lock()
		if now.After(o.told.Add(onTheWay)) && now.Before(o.until.Add(-onTheWay)) {
			o.early++
		}
		o.mu.Unlock()
		next.ServeHTTP(w, r)
		if seconds, err := strconv.Atoi(w.Header().Get("Retry-After")); err == nil {
			o.mu.Lock()
			defer o.mu.Unlock()
			if until := time.Now().Add(time.Duration(seconds) * time.Second); until.After(o.until) {
				o.told, o.until = time.Now(), until
			}
		}
	})
}

func TestARealHandlerUsesTheGrantedRateAndKeepsEveryPause(t *testing.T) {
	for hosts := 1; hosts <= times(4, 1); hosts += 3 { // four only at full length
		t.Run(fmt.Sprintf("%d handlers", hosts), func(t *testing.T) {
			var bucket *azureml.Bucket
			var told []*obedience
			r := newRig(t, options{
				account: account(times(1200, 200)), hosts: hosts,
				front: func(fake http.Handler) http.Handler {
					bucket = azureml.NewBucket(fake, azureml.BucketOptions{})
					return bucket
				},
				each: func(front http.Handler) http.Handler {
					o := &obedience{}
					told = append(told, o)
					return o.around(front)
				},
			})
			r.send(dsr.QueueRequests, request("rate", r.account))
			m := r.await("rate", time.Duration(times(600, 180))*time.Second)
			r.checkComplete("rate", m)
			u := bucket.Usage(r.account.SubscriptionID)
			t.Logf("%d of %.0f allowed calls granted (%.1f %%), %d repeated, %d refused",
				u.Granted, u.Allowed, 100*float64(u.Granted)/u.Allowed, r.repeated(m), u.Refused)
			if *long && float64(u.Granted) < 0.95*u.Allowed {
				t.Errorf("%d calls were granted, %.0f allowed", u.Granted, u.Allowed)
			}
			for _, o := range told {
				if o.early > 0 {
					t.Errorf("%d calls inside a pause", o.early)
				}
			}
		})
	}
}

func TestSmallRequestsCloseSoonBesideALargeOne(t *testing.T) {
	large := account(times(200_000, 20_000))
	r := newRig(t, options{account: large})
	r.send(dsr.QueueRequests, request("large", large))
	n := times(50, 5)
	small := large
	small.Experimentation = "" // the models and what belongs to them: 50 documents and their lists
	sent := map[string]time.Time{}
	for i := range n {
		id := fmt.Sprintf("small-%d", i)
		sent[id] = time.Now()
		r.send(dsr.QueueRequests, request(id, small))
		<-time.After(200 * time.Millisecond) // as they come in
	}
	var took []time.Duration
	for id, at := range sent {
		m := r.await(id, 2*patience)
		if m.Status != dsr.StatusSucceeded {
			t.Errorf("%s closed as %s: %v", id, m.Status, m.Failures)
		}
		took = append(took, m.ClosedAt.Sub(at))
	}
	slices.Sort(took)
	p95 := took[len(took)*95/100]
	t.Logf("%d small requests: %s in the median, %s at p95", n, took[n/2], p95)
	if closed, err := r.ledger.Closed(t.Context(), dsr.Attempt{RequestID: "large", Number: 1}); err != nil || closed {
		t.Errorf("the large one is closed (%t, %v): it is no rival", closed, err)
	}
	if *long && p95 > 30*time.Second {
		t.Errorf("a small request takes %s beside a large one", p95)
	}
}

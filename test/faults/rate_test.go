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
	"azureml-dsr/test/emulator/fakeml"
)

// obedience counts the calls that a handler starts during a pause that it was asked
// for.
type obedience struct {
	mu     sync.Mutex
	pauses []pause // that are not over
	early  int
}

type pause struct{ told, until time.Time }

const (
	// onTheWay is how long a call or an answer may be in transit, on a machine that has
	// other work too. A call that crosses the answer with the pause doesn't count.
	onTheWay = time.Second
	// silentPause is what a provider asks for that doesn't announce its limit. It is
	// long enough that most of it is left when calls and answers have crossed.
	silentPause = 5 * time.Second
)

func (o *obedience) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now := time.Now()
		o.mu.Lock()
		o.pauses = slices.DeleteFunc(o.pauses, func(p pause) bool { return now.After(p.until) })

		if slices.ContainsFunc(o.pauses, func(p pause) bool {
			return now.After(p.told.Add(onTheWay)) && now.Before(p.until.Add(-onTheWay))
		}) {
			o.early++
		}

		o.mu.Unlock()
		next.ServeHTTP(w, r)

		if seconds, err := strconv.Atoi(w.Header().Get("Retry-After")); err == nil {
			o.mu.Lock()
			defer o.mu.Unlock()
			told := time.Now()
			o.pauses = append(o.pauses, pause{told, told.Add(time.Duration(seconds) * time.Second)})
		}
	})
}

// throttling is how the granted rate is announced, and to how many handlers.
type throttling struct {
	hosts int
	// silent: no header counts down, so that only refusals announce the limit.
	silent bool
}

func (v throttling) pause() time.Duration {
	if v.silent {
		return silentPause
	}
	return 0
}

func TestARealHandlerUsesTheGrantedRateAndKeepsEveryPause(t *testing.T) {
	besideOthers(t)
	settings := []throttling{{1, true}}
	if *long {
		settings = []throttling{{1, false}, {4, false}, {1, true}, {4, true}}
	}

	for _, v := range settings {
		t.Run(fmt.Sprintf("%d handlers, silent %t", v.hosts, v.silent), func(t *testing.T) {
			var bucket *fakeml.Bucket
			var told []*obedience
			r := newHarness(t, options{
				account: account(times(1200, 200)),
				hosts:   v.hosts,
				front: func(fake http.Handler) http.Handler {
					bucket = fakeml.NewBucket(fake, fakeml.BucketOptions{Silent: v.silent, Pause: v.pause()})
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

			if v.silent && u.Refused == 0 {
				t.Error("nobody was told of a pause")
			}
		})
	}
}

func TestSmallRequestsCloseSoonBesideALargeOne(t *testing.T) {
	large := account(times(200_000, 20_000))
	r := newHarness(t, options{account: large})
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
	if *long && p95 > 5*time.Second {
		t.Errorf("a small request takes %s beside a large one", p95)
	}
}

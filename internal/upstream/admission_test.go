package upstream

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"
)

// working makes one call as a piece of work that goes on until the test ends.
func working(t *testing.T, c *Client) (context.Context, func() error) {
	t.Helper()
	ctx, end := WithWork(t.Context())
	t.Cleanup(end)
	return ctx, func() error {
		answer, err := ask(ctx, c, call{url: here})
		if err != nil {
			return err
		}
		return answer.Body.Close()
	}
}

// limited is a client whose gate is open, but limits admission.
func limited(t *testing.T) (*Client, *upstreamtest.Recorder) {
	t.Helper()
	transport := upstreamtest.Throttle("3")
	c := newClient(t, transport)
	upstreamtest.WantError(t, get(t, c, here, ""), dsr.Throttled, dsr.ReasonThrottled)
	<-time.After(3 * time.Second) // in the bubble's time
	return c, transport
}

func TestAFewPiecesOfWorkAreAdmittedAndTheOthersComeBackOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, transport := limited(t)
		for range maxAdmitted {
			_, call := working(t, c)
			for range 5 { // once admitted, it stays so
				if err := call(); err != nil {
					t.Fatal(err)
				}
			}
		}

		sent := len(transport.Requests())
		var last time.Duration
		for i := range 20 {
			_, call := working(t, c)
			e := upstreamtest.WantError(t, call(), dsr.Throttled, dsr.ReasonThrottled)
			if i == 0 && e.RetryAfter != 2*time.Second {
				t.Errorf("the first one is told to come back in %s", e.RetryAfter)
			}
			if i > 10 && e.RetryAfter-last != longestTurnover/2 {
				t.Errorf("the next one is told to come back in %s, the one before in %s", e.RetryAfter, last)
			}

			last = e.RetryAfter
		}

		if n := len(transport.Requests()); n != sent {
			t.Errorf("%d calls of work that was not admitted", n-sent)
		}
		if err := get(t, c, here, ""); err != nil {
			t.Errorf("a lone call needs no admission: %v", err)
		}

		<-time.After(limitedFor) // in the bubble's time

		if _, call := working(t, c); call() != nil {
			t.Error("admission is limited for ever")
		}
	})
}

func TestWorkThatEndsMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := limited(t)
		for range 3 * maxAdmitted {
			ctx, end := WithWork(t.Context())
			answer, err := ask(ctx, c, call{url: here})
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			end()
		}
	})
}

func TestAdmittedWorkWaitsForAMinuteAndThenGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy := 0
		transport := upstreamtest.Serve(func(w http.ResponseWriter, _ *http.Request) {
			if busy > 0 {
				busy--
				w.Header().Set("Retry-After", "10")
				w.WriteHeader(http.StatusTooManyRequests)
			}
		})

		_, call := working(t, newClient(t, transport))
		start := time.Now()
		busy = 5

		if err := call(); err != nil || time.Since(start) != 50*time.Second || len(transport.Requests()) != 6 {
			t.Errorf("%v after %s and %d calls, want a success at the sixth", err, time.Since(start), len(transport.Requests()))
		}

		start, busy = time.Now(), 1000
		e := upstreamtest.WantError(t, call(), dsr.Throttled, dsr.ReasonThrottled)
		if took := time.Since(start); took != longWait || e.RetryAfter != 10*time.Second {
			t.Errorf("gave up after %s, with %s to go", took, e.RetryAfter)
		}
	})
}

func TestCallsOfAThrottledSubscriptionHoldUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := upstreamtest.Serve(func(w http.ResponseWriter, r *http.Request) {
			if scopeOf(r.Context()).Quota == "slow" {
				w.Header().Set("Retry-After", "10")
				w.WriteHeader(http.StatusTooManyRequests)
			}
		})

		c := newClient(t, transport, func(o *Options) { o.MaxPerHost = 2 })
		ctx, end := WithWork(t.Context())
		defer end()

		ctx, cancel := context.WithCancel(ctx)
		done := make(chan error)
		for range 4 {
			go func() {
				_, err := ask(ctx, c, call{url: here, quota: "slow"})
				done <- err
			}()
		}

		synctest.Wait() // all slots of that quota are taken by calls that wait
		start := time.Now()
		if err := get(t, c, here, "quick"); err != nil || time.Since(start) != 0 {
			t.Errorf("%v after %s", err, time.Since(start))
		}

		cancel()

		for range 4 {
			upstreamtest.WantError(t, <-done, dsr.Unclear, "")
		}
	})
}

// What is turned away comes back at twice the rate at which work ends.
func TestTheRateOfComingBackIsThatAtWhichWorkEnds(t *testing.T) {
	const ms = time.Millisecond
	tests := []struct {
		name string
		ends []time.Duration // between the ends of pieces of work
		want time.Duration   // between two that come back
	}{
		{"nothing has ended yet", nil, longestTurnover / 2},
		{"all end alike", []time.Duration{100 * ms, 100 * ms, 100 * ms}, 50 * ms},
		{"a new value counts for a quarter", []time.Duration{100 * ms, 300 * ms}, 75 * ms},
		{"slow work counts only so much", []time.Duration{time.Hour}, longestTurnover / 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var a admission
			now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
			a.enter(now)

			for _, later := range tt.ends {
				a.enter(now)
				now = now.Add(later)
				a.leave(now)
			}

			first := a.comeBackAt(now)
			if got := a.comeBackAt(now).Sub(first); got != tt.want || first.Sub(now) != tt.want {
				t.Errorf("the first after %s, the next %s later, want %s", first.Sub(now), got, tt.want)
			}
		})
	}
}

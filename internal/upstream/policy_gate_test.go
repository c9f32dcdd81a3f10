package upstream

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"

	"golang.org/x/sync/errgroup"
)

func TestALongPauseClosesTheGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := upstreamtest.Throttle("60")
		c := newClient(t, transport)
		start := time.Now()
		e := upstreamtest.WantError(t, get(t, c, here, ""), dsr.Throttled, dsr.ReasonThrottled)
		if e.RetryAfter != time.Minute || e.Status != 429 || time.Since(start) != 0 {
			t.Errorf("got %+v after %s", e, time.Since(start))
		}

		<-time.After(20 * time.Second) // in the bubble's time
		e = upstreamtest.WantError(t, get(t, c, here, "SUB"), dsr.Throttled, dsr.ReasonThrottled)
		if e.RetryAfter != 40*time.Second || e.Status != 0 {
			t.Errorf("at the closed gate: %+v", e)
		}
		if len(transport.Requests()) != 1 {
			t.Errorf("%d calls went out", len(transport.Requests()))
		}

		for name, err := range map[string]error{
			"another subscription": get(t, c, here, "other"),
			"another host":         get(t, c, there, ""),
		} {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}

		<-time.After(39 * time.Second) // one more second is waited for in place

		if err := get(t, c, here, ""); err != nil || time.Since(start) != time.Minute {
			t.Errorf("%v after %s", err, time.Since(start))
		}
	})
}

func TestAShortPauseIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := upstreamtest.Throttle("2")
		start := time.Now()
		if err := get(t, newClient(t, transport), here, ""); err != nil {
			t.Fatal(err)
		}
		if time.Since(start) != 2*time.Second || len(transport.Requests()) != 2 {
			t.Errorf("%d calls in %s", len(transport.Requests()), time.Since(start))
		}
	})
}

func TestAPauseBeyondTheDeadlineIsThrottledAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, upstreamtest.Throttle("60"))
		_ = get(t, c, here, "")
		<-time.After(58500 * time.Millisecond) // in the bubble's time
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := ask(ctx, c, call{url: here})
		if e := upstreamtest.WantError(t, err, dsr.Throttled, dsr.ReasonThrottled); e.RetryAfter != 1500*time.Millisecond {
			t.Errorf("%s are left", e.RetryAfter)
		}
	})
}

func TestCallsThatQueuedForASlotSeeTheGateClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := upstreamtest.Serve(func(w http.ResponseWriter, _ *http.Request) {
			<-time.After(time.Second) // in the bubble's time
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(http.StatusServiceUnavailable)
		})

		c := newClient(t, transport, func(o *Options) { o.MaxPerHost = 2 })
		var g errgroup.Group
		for range 10 {
			g.Go(func() error {
				_, err := ask(t.Context(), c, call{url: here})
				upstreamtest.WantError(t, err, dsr.Throttled, dsr.ReasonThrottled)
				return nil
			})
		}

		_ = g.Wait()

		if n := len(transport.Requests()); n != 2 {
			t.Errorf("%d calls went out, want the two that flew", n)
		}
	})
}

func TestASpentQuotaSpacesCalls(t *testing.T) {
	// took returns how long six calls take, one after another.
	took := func(t *testing.T, left string) (took time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			transport := upstreamtest.Serve(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set(remainingReads, left) })
			ctx, end := WithWork(t.Context())
			defer end()
			c, start := newClient(t, transport), time.Now()
			for range 6 {
				if _, err := ask(ctx, c, call{url: there}); err != nil {
					t.Fatal(err)
				}
			}
			took = time.Since(start)
		})
		return took
	}

	for _, free := range []string{"11999", "500", "", "many"} {
		if got := took(t, free); got != 0 {
			t.Errorf("with %q left, six calls took %s", free, got)
		}
	}
	before := time.Duration(0)
	for _, left := range []string{"499", "250", "100", "50", "0"} {
		got := took(t, left)
		if got <= before {
			t.Errorf("with %s left, six calls took %s, and with more left %s", left, got, before)
		}
		before = got
	}
}

// anyQuota is one of which the tests need no more than that.
var anyQuota = quota{host: "host"}

func TestAGateThatIsOpenIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newGatePolicy(2 * time.Second)
		header := func(key, value string) *http.Response {
			return &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{key: {value}}}
		}
		p.observe(anyQuota, http.MethodGet, header("Retry-After", "1"))
		p.observe(anyQuota, http.MethodGet, header("Retry-After", "0")) // doesn't open it

		if p.closedFor(anyQuota) != time.Second {
			t.Errorf("closed for %s", p.closedFor(anyQuota))
		}

		p.observe(anyQuota, http.MethodGet, header(remainingReads, "1"))
		<-time.After(time.Minute) // in the bubble's time

		if err := p.pass(t.Context(), anyQuota, http.MethodGet, p.shortWait); err != nil || len(p.gates) != 1 {
			t.Errorf("%v, %d gates are kept", err, len(p.gates))
		}
		p.observe(anyQuota, http.MethodGet, &http.Response{StatusCode: http.StatusOK}) // without any header
		if len(p.gates) != 0 {
			t.Errorf("%d gates are kept", len(p.gates))
		}
	})
}

func TestAWaitAtTheGateEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newGatePolicy(2 * time.Second)
		p.observe(anyQuota, http.MethodGet, &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"1"}}})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, cancel)
		if err := p.pass(ctx, anyQuota, http.MethodGet, p.shortWait); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAGateThatClosesWhileACallWaitsIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newGatePolicy(2 * time.Second)
		pause := func(seconds string) {
			p.observe(anyQuota, http.MethodGet, &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {seconds}}})
		}
		pause("1")
		time.AfterFunc(time.Millisecond, func() { pause("60") })
		e := upstreamtest.WantError(t, p.pass(t.Context(), anyQuota, http.MethodGet, p.shortWait), dsr.Throttled, dsr.ReasonThrottled)
		if e.RetryAfter != time.Minute { // it doesn't wait for the first pause to end
			t.Errorf("%s are left", e.RetryAfter)
		}
	})
}

// What was waited for counts, however often the gate closes.
func TestAGateThatClosesAgainAndAgainIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newGatePolicy(2 * time.Second)
		pause := func() {
			p.observe(anyQuota, http.MethodGet, &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"1.5"}}})
		}
		pause()
		time.AfterFunc(time.Second, pause)
		start := time.Now()
		e := upstreamtest.WantError(t, p.pass(t.Context(), anyQuota, http.MethodGet, p.shortWait), dsr.Throttled, dsr.ReasonThrottled)
		if took := time.Since(start); took != time.Second || e.RetryAfter != 1500*time.Millisecond {
			t.Errorf("given up after %s, with %s to go", took, e.RetryAfter)
		}
	})
}

// ARM counts reads and deletes apart, so neither pace may set the other's. A
// pause holds for both.
func TestReadsAndDeletesHaveAPaceEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := upstreamtest.Serve(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set(remainingReads, "11999")
			if r.Method == http.MethodDelete {
				w.Header().Set(remainingReads, "0") // of no meaning here
				w.Header().Set(remainingDeletes, "50")
			}
		})

		c := newClient(t, transport)
		took := func(f func() error) time.Duration {
			start := time.Now()
			for range 6 {
				if err := f(); err != nil {
					t.Fatal(err)
				}
			}
			return time.Since(start)
		}

		deletes := func() error { _, err := ask(t.Context(), c, call{method: http.MethodDelete, url: there}); return err }
		reads := func() error { return get(t, c, there, "") }

		if got := took(deletes); got < time.Second {
			t.Errorf("six deletes took %s", got)
		}
		if got := took(reads); got != 0 {
			t.Errorf("six reads beside them took %s", got)
		}
	})

	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, upstreamtest.Throttle("60"))
		_, err := ask(t.Context(), c, call{method: http.MethodDelete, url: here})
		upstreamtest.WantError(t, err, dsr.Throttled, dsr.ReasonThrottled)
		upstreamtest.WantError(t, get(t, c, here, ""), dsr.Throttled, dsr.ReasonThrottled)
	})
}

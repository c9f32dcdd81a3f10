package upstream

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/upstream/upstreamtest"

	"golang.org/x/sync/errgroup"
)

func TestCallsOfAHostAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var flying, most atomic.Int32
		transport := upstreamtest.Serve(func(http.ResponseWriter, *http.Request) {
			now := flying.Add(1)
			most.Store(max(most.Load(), now))
			<-time.After(time.Second) // in the bubble's time
			flying.Add(-1)
		})

		c := newClient(t, transport, func(o *Options) { o.MaxPerHost = 3 })
		start := time.Now()
		var g errgroup.Group
		for range 12 {
			g.Go(func() error {
				answer, err := ask(t.Context(), c, call{url: here})
				if err != nil {
					return err
				}
				return answer.Body.Close()
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}

		if most.Load() != 3 || time.Since(start) != 4*time.Second {
			t.Errorf("%d at once, took %s", most.Load(), time.Since(start))
		}
	})
}

func TestASlotIsHeldUntilTheBodyIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		big := strings.Repeat("x", 2*prefetchSize)
		transport := upstreamtest.Serve(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, big) })
		c := newClient(t, transport, func(o *Options) { o.MaxPerHost = 1 })
		first, err := ask(t.Context(), c, call{url: here})
		if err != nil {
			t.Fatal(err)
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := ask(ctx, c, call{url: here}); err == nil || len(transport.Requests()) != 1 {
			t.Fatalf("the second call went out: %v", err)
		}
		otherHost, err := ask(t.Context(), c, call{url: there})
		if err != nil {
			t.Fatalf("another host waited: %v", err)
		}

		_ = otherHost.Body.Close()
		_ = first.Body.Close()
		_ = first.Body.Close() // a second close gives no second slot
		next, err := ask(t.Context(), c, call{url: here})
		if err != nil {
			t.Fatal(err)
		}

		_ = next.Body.Close()
	})
}

func TestSlotsGoToTheWorkThatBeganFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newLimitPolicy(1)
		s, err := p.acquire(t.Context(), quota{host: "host"})
		if err != nil {
			t.Fatal(err)
		}

		var order []string
		var waiting sync.WaitGroup
		wait := func(ctx context.Context, name string) {
			waiting.Go(func() {
				s, err := p.acquire(ctx, quota{host: "host"})
				if err != nil {
					t.Error(err)
					return
				}
				order = append(order, name) // one at a time: there is one slot
				s.release()
			})

			synctest.Wait()
		}

		first, end := WithWork(t.Context())
		defer end()

		<-time.After(time.Second)
		second, end := WithWork(t.Context())
		defer end()

		wait(second, "second")
		wait(first, "first")
		wait(second, "second again")
		wait(first, "first again")
		wait(t.Context(), "a lone call")
		s.release()
		waiting.Wait()
		want := []string{"a lone call", "first", "first again", "second", "second again"}
		if !slices.Equal(order, want) {
			t.Errorf("%v, want %v", order, want)
		}
	})
}

func TestACallThatGivesUpWaitingHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newLimitPolicy(1)
		s, err := p.acquire(t.Context(), quota{host: "host"})
		if err != nil {
			t.Fatal(err)
		}

		ctx, cancel := context.WithCancel(t.Context())
		var waiting sync.WaitGroup
		waiting.Go(func() {
			if _, err := p.acquire(ctx, quota{host: "host"}); err == nil {
				t.Error("the call that gave up has a slot")
			}
		})

		waiting.Go(func() {
			<-time.After(time.Second)
			s, err := p.acquire(t.Context(), quota{host: "host"})
			if err != nil {
				t.Error(err)
				return
			}
			s.release()
		})

		<-time.After(time.Minute)
		cancel()
		synctest.Wait()
		s.release()
		waiting.Wait()

		if len(p.hosts) != 0 {
			t.Error("a slot was lost")
		}
	})
}

func TestSlotsOfUnusedHostsAreForgotten(t *testing.T) {
	p := newLimitPolicy(2)
	s, err := p.acquire(t.Context(), quota{host: "a"})
	if err != nil {
		t.Fatal(err)
	}

	s.release()
	s.release()
	ended, cancel := context.WithCancel(t.Context())
	cancel()

	if _, err := p.acquire(ended, quota{host: "b"}); err == nil {
		t.Error("an ended context got a slot")
	}
	if len(p.hosts) != 0 {
		t.Errorf("%d hosts are remembered", len(p.hosts))
	}
}

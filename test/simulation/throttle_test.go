package simulation_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// busyAccount asks for three calls a run, and a few more.
func busyAccount(subscription string, runs int) fake.Account {
	account := smallAccount()
	account.SubscriptionID = subscription
	account.Projects, account.Runs, account.ArtifactsPerRun = 2, runs/2, 0
	return account
}

// newBusySimulation has chunks and pages as large as in Azure, and an upstream that
// needs time to answer.
func newBusySimulation(t *testing.T, answerTime time.Duration, accounts ...fake.Account) *simulation {
	t.Helper()
	sim := newSimulation(t, accounts[0], 100)
	sim.chunk = 50
	front := &subscriptions{}
	for _, a := range accounts {
		front.servers = append(front.servers, fake.New(fake.Options{Account: a, Token: "secret", Latency: answerTime}))
	}
	sim.upstream, sim.front = front.servers[0], front
	return sim
}

// subscriptions asks the fake that has the subscription of a path.
type subscriptions struct{ servers []*fake.Server }

func (s *subscriptions) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for i, server := range s.servers {
		if i == len(s.servers)-1 || strings.Contains(r.URL.Path, fmt.Sprintf("/sub-%d/", i+1)) {
			server.ServeHTTP(w, r)
			return
		}
	}
}

// pauseChecker fails a test when a process starts a call before a Retry-After that it
// has received is over.
type pauseChecker struct {
	t     *testing.T
	next  http.Handler
	mu    sync.Mutex
	heard time.Time // when the pause that counts was received
	until time.Time // when that pause is over
	early int       // calls that came before that
}

func (c *pauseChecker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	if now := time.Now(); now.After(c.heard) && now.Before(c.until) {
		if c.early++; c.early == 1 {
			c.t.Errorf("%s was called %s before the pause was over", r.URL.Path, c.until.Sub(now))
		}
	}

	c.mu.Unlock()
	c.next.ServeHTTP(w, r)
	seconds, err := strconv.Atoi(w.Header().Get("Retry-After"))
	if err != nil {
		return
	}

	c.mu.Lock()
	defer c.mu.Unlock()

	now := time.Now()
	if until := now.Add(time.Duration(seconds) * time.Second); until.After(c.until) {
		c.heard, c.until = now, until
	}
}

func TestTheGrantedRateIsUsedAndEveryPauseIsKept(t *testing.T) {
	for name, opts := range map[string]fake.BucketOptions{
		"as ARM":                   {},
		"as ARM, with long pauses": {Pause: 9 * time.Second}, // in which it fills up again
		"as a provider of its own": {Silent: true},
	} {
		for _, handlers := range []int{1, 4, 16, 40} {
			if !*exhaustive && name != "as ARM" {
				continue
			}
			if opts.Silent && handlers > 4 {
				continue // nobody hears of the others: ADR 24 has what comes of it
			}

			t.Run(fmt.Sprintf("%s, %d handlers", name, handlers), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					sim := newBusySimulation(t, 20*time.Millisecond, busyAccount("sub-1", 1600))
					defer sim.close()

					bucket := fake.NewBucket(sim.front, opts)
					sim.front = bucket
					sim.wrap = func(front http.Handler) http.Handler { return &pauseChecker{t: t, next: front} }
					sim.submit(exportRequest)
					sim.runConcurrently(handlers, time.Hour, sim.idle)
					got, u := sim.outcome(), bucket.Usage("sub-1")
					useful := 0
					for id, c := range got.Totals {
						if id != "E24" { // it repeats E19
							useful += int(c.Calls)
						}
					}

					t.Logf("%d of %.0f allowed calls granted (%.1f %%), %d of them useful, %d refused", u.Granted, u.Allowed, 100*float64(u.Granted)/u.Allowed, useful, u.Refused)
					if got.Status != dsr.StatusSucceeded || got.Totals["E16"].Documents != 1600 {
						t.Fatalf("status %s %v", got.Status, got.Failures)
					}

					if float64(u.Granted) < 0.95*u.Allowed {
						t.Errorf("%d calls granted, %.0f were allowed", u.Granted, u.Allowed)
					}
					if calls := u.Granted + u.Refused; !opts.Silent && u.Refused*100 >= calls {
						t.Errorf("%d of %d calls were refused", u.Refused, calls)
					}
					if float64(useful) < 0.95*float64(u.Granted) {
						t.Errorf("%d of %d granted calls are of use: what was read was lost", useful, u.Granted)
					}
				})
			})
		}
	}
}

func TestAThrottledSubscriptionSlowsNoOther(t *testing.T) {
	both := []fake.Account{busyAccount("sub-1", 800), busyAccount("sub-2", 800)}
	// finish returns how long the first subscription's request takes.
	finish := func(t *testing.T, opts *fake.BucketOptions) (took time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			sim := newBusySimulation(t, 100*time.Millisecond, both...)
			defer sim.close()

			if opts != nil {
				opts.Subscription = "sub-2"
				sim.front = fake.NewBucket(sim.front, *opts)
			}

			begun := time.Now()

			for i, a := range both {
				id := fmt.Sprintf("request-%d", i+1)
				sim.send(dsr.QueueRequests, dsr.Message{ID: id, Body: []byte(requestFor(id, a))})
			}

			closed := func() bool {
				return slices.Contains(sim.names(sim.audit, attempt1.Prefix()), attempt1.Manifest())
			}
			sim.runConcurrently(1, time.Hour, closed)
			if got := sim.outcome(); got.Status != dsr.StatusSucceeded {
				t.Fatalf("closed as %s: %v", got.Status, got.Failures)
			}

			for _, name := range sim.names(sim.audit, attempt1.Receipts()) {
				r := decode[dsr.Receipt](t, readBlob(t, sim.audit, name))
				took = max(took, r.ClosedAt.Sub(begun))
			}
		})

		return took
	}

	free := finish(t, nil)
	for name, opts := range map[string]fake.BucketOptions{
		"as ARM":                   {Size: 50, PerSecond: 5},
		"as a provider of its own": {Size: 50, PerSecond: 5, Silent: true},
		"with long pauses":         {Size: 50, PerSecond: 5, Silent: true, Pause: 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			took := finish(t, &opts)
			t.Logf("%s beside a throttled one, %s beside one that is not", took, free)
			if took > free*11/10 {
				t.Errorf("%s beside a throttled subscription, %s beside one that is not", took, free)
			}
		})
	}
}

func requestFor(id string, account fake.Account) string {
	r := strings.ReplaceAll(exportRequest, "sub-1", account.SubscriptionID)
	return strings.Replace(r, `"request-1"`, `"`+id+`"`, 1)
}

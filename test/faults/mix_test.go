package faults

import (
	"math/rand/v2"
	"net/http"
	"syscall"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/emulator/fakeml"
)

// mixture spoils a fifth of the calls, and lets some stall.
func mixture() []fakeml.Fault {
	return []fakeml.Fault{
		{Rate: 0.04, Status: http.StatusTooManyRequests, RetryAfter: "1"},
		{Rate: 0.04, Status: http.StatusInternalServerError},
		{Rate: 0.04, Status: http.StatusServiceUnavailable},
		{Rate: 0.03, Truncate: true},
		{Rate: 0.03, Reset: true},
		{Rate: 0.02, Status: http.StatusUnauthorized},
		{Rate: 0.001, Stall: true, Times: times(10, 2)},
		{Delay: 10 * time.Millisecond},
	}
}

// TestEverythingBreaksAtOnce: the upstream spoils a fifth of its answers, the handler
// is killed at random moments, and storage is busy, unreachable and restarted.
func TestEverythingBreaksAtOnce(t *testing.T) {
	besideOthers(t)
	r := newHarness(t, options{account: account(times(800, 80)), faults: mixture(), env: hasty()})
	h := r.handlers[0]
	random := rand.New(rand.NewPCG(*seed, 20))
	pause := func(most time.Duration) { <-time.After(time.Duration(random.Int64N(int64(most)))) }
	r.send(dsr.QueueRequests, request("mixed", r.account))
	kills := 0
	for range times(6, 1) {
		for range times(5, 2) {
			pause(2 * time.Second)
			if h.kill(syscall.SIGKILL) {
				kills++
			}
		}

		r.storage.refuseAll(http.StatusServiceUnavailable)
		pause(3 * time.Second)
		r.storage.dropAll()
		r.restartStorage()
		r.storage.passAll()
		pause(3 * time.Second)
	}

	m := r.await("mixed", time.Duration(times(4, 2))*patience) // some 200 pauses of a second each
	r.checkComplete("mixed", m)
	r.awaitIdle()
	t.Logf("%d kills, %d calls answered more than once", kills, r.repeated(m))
}

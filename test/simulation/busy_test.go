package simulation_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

// busyBus is a Service Bus that fails for a while. Each refused call takes as long as
// all tries of azservicebus together.
type busyBus struct {
	at    int // the call at which it begins
	lasts time.Duration
	class dsr.Class

	mu              sync.Mutex
	calls, refusals int
	until           time.Time
}

// refuses counts a call and reports whether it is refused.
func (b *busyBus) refuses() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.calls++; b.calls == b.at {
		b.until = time.Now().Add(b.lasts)
	}
	if !time.Now().Before(b.until) {
		return false
	}
	b.refusals++
	return true
}

// triesTake is how long the tries that azservicebus makes in one call take together.
const triesTake = 44 * time.Second

// refused returns the error of a call to a queue while Service Bus is busy, else nil.
func (sim *simulation) refused(doing, queue string) error {
	b := sim.busy
	if b == nil || !b.refuses() {
		return nil
	}
	<-time.After(triesTake)
	return &dsr.Error{
		Class:      b.class,
		Reason:     b.class.String(),
		RetryAfter: 10 * time.Second,
		Queue:      queue,
		Message:    fmt.Sprintf("%s %s: Service Bus failed", doing, queue),
	}
}

// runWithoutADeath is run for a test in which no message may be dead-lettered.
func (sim *simulation) runWithoutADeath(most time.Duration) {
	sim.t.Helper()
	for deadline := time.Now().Add(most); !sim.idle() && time.Now().Before(deadline); {
		if !sim.step() {
			<-time.After(time.Second)
		}
		for name, q := range sim.queues {
			if n := q.Counts().DeadLetter; n > 0 {
				sim.t.Fatalf("%d messages of %s are dead: %v", n, name, sim.deadLetters(name))
			}
		}
	}
}

// wantNoRedrive fails the test when a failure of Service Bus was recorded as one of the
// upstream or as a crash. A stage that the reconciler could not send is found as lost.
func (sim *simulation) wantNoRedrive() {
	sim.t.Helper()
	for _, name := range sim.resends(attempt1) {
		if h := decode[dsr.Hop](sim.t, readBlob(sim.t, sim.audit, name)); h.Class != dsr.HopStage && h.Class != dsr.HopLost {
			sim.t.Errorf("%s: %s, %s", name, h.Class, h.LastError)
		}
	}
}

// classesOfAFailingBus are those of its errors.
var classesOfAFailingBus = []dsr.Class{dsr.Throttled, dsr.Transient}

func TestAServiceBusThatIsBusyForTwoMinutesCostsOnlyTime(t *testing.T) {
	want, effects := undisturbed(t, smallAccount(), 2)
	calls := len(slices.DeleteFunc(slices.Clone(effects), func(name string) bool {
		return !strings.HasPrefix(name, "send ") && !strings.HasPrefix(name, "complete ")
	}))
	for _, class := range classesOfAFailingBus {
		for i := range sampled(calls) {
			t.Run(fmt.Sprintf("%s from call %d on", class, i+1), func(t *testing.T) {
				simulate(t, func(t *testing.T, sim *simulation) {
					sim.busy = &busyBus{at: i + 1, lasts: 2 * time.Minute, class: class}
					sim.submit(exportRequest)
					sim.runWithoutADeath(3 * time.Hour)

					if sim.busy.refusals == 0 {
						t.Error("it was never busy")
					}

					checkOutcome(t, sim, want)
					sim.wantNoRedrive()

					for _, l := range sim.failures() {
						if strings.HasPrefix(l.Msg, "could not open a request") {
							t.Error("a later try is spent on Service Bus")
						}
					}
				})
			})
		}
	}
}

func TestADeletionOutlastsABusyServiceBus(t *testing.T) {
	var calls int
	var want map[string]string
	simulateDeletion(t, func(_ *testing.T, sim *simulation) {
		sim.busy = &busyBus{}
		sim.runDeletion(nil)
		want, calls = sim.proofs(), sim.busy.calls
	})

	for _, class := range classesOfAFailingBus {
		for at := 1; at <= calls; at += 9 {
			t.Run(fmt.Sprintf("%s from call %d on", class, at), func(t *testing.T) {
				simulateDeletion(t, func(t *testing.T, sim *simulation) {
					sim.busy = &busyBus{at: at, lasts: 2 * time.Minute, class: class}
					sim.submit(sim.deletionRequest(nil))
					sim.runWithoutADeath(time.Hour)
					sim.approve(nil)
					sim.runWithoutADeath(24 * time.Hour)

					if got := sim.proofs(); fmt.Sprint(got) != fmt.Sprint(want) {
						t.Errorf("proofs %v, want %v", got, want)
					}

					sim.manifest()
					sim.wantNoRedrive()
				})
			})
		}
	}
}

func TestAnApprovalOutlastsABusyServiceBus(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.planDeletion(nil)
		sim.busy = &busyBus{at: 1, lasts: 2 * time.Minute, class: dsr.Throttled}
		sim.approve(nil)
		sim.runWithoutADeath(24 * time.Hour)
		if m := sim.manifest(); m.Status != dsr.StatusSucceeded || sim.busy.refusals == 0 {
			t.Errorf("closed as %s after %d refusals", m.Status, sim.busy.refusals)
		}
	})
}

func TestNothingCountsAsLostWhileItsQueueIsNotLookedThrough(t *testing.T) {
	want, _ := undisturbed(t, smallAccount(), 2)
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.submit(exportRequest)
		sim.step()

		sim.purge(dsr.QueueExports)
		sim.queuesTooLong = true
		sim.runReconcilerOnly(60, time.Minute)

		if resends := sim.resends(attempt1); len(resends) > 0 {
			t.Errorf("sent again: %v", resends)
		}

		sim.queuesTooLong = false
		sim.run(3 * time.Hour)
		checkOutcome(t, sim, want)
	})
}

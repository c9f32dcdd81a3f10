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

// busyBus is a Service Bus that fails for a while. Each call takes as long as the
// tries of azservicebus, and fails as the bus says so.
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

const triesTake = 44 * time.Second

// refused answers a call to a queue; nil lets it through.
func (w *simulation) refused(doing, queue string) error {
	b := w.busy
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

// runWithoutADeath is run for messages of which none may be dead-lettered.
func (w *simulation) runWithoutADeath(most time.Duration) {
	w.t.Helper()
	for deadline := time.Now().Add(most); !w.idle() && time.Now().Before(deadline); {
		if !w.step() {
			<-time.After(time.Second)
		}
		for name, q := range w.queues {
			if n := q.Counts().DeadLetter; n > 0 {
				w.t.Fatalf("%d messages of %s are dead: %v", n, name, w.dead(name))
			}
		}
	}
}

// wantNoRedrive fails the test where a failure was taken for the upstream's or for a
// crash. A stage that the reconciler could not send is found as lost.
func (w *simulation) wantNoRedrive() {
	w.t.Helper()
	for _, name := range w.names(w.audit, attempt1.Prefix()+"hops/") {
		if h := decode[dsr.Hop](w.t, readBlob(w.t, w.audit, name)); h.Class != dsr.HopStage && h.Class != dsr.HopLost {
			w.t.Errorf("%s: %s, %s", name, h.Class, h.LastError)
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
				inSimulation(t, func(t *testing.T, w *simulation) {
					w.busy = &busyBus{at: i + 1, lasts: 2 * time.Minute, class: class}
					w.submit(exportRequest)
					w.runWithoutADeath(3 * time.Hour)

					if w.busy.refusals == 0 {
						t.Error("it was never busy")
					}

					checkOutcome(t, w, want)
					w.wantNoRedrive()

					for _, l := range w.failures() {
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
	inDeletionSimulation(t, func(_ *testing.T, w *simulation) {
		w.busy = &busyBus{}
		w.deleted(nil)
		want, calls = w.proofs(), w.busy.calls
	})

	for _, class := range classesOfAFailingBus {
		for at := 1; at <= calls; at += 9 {
			t.Run(fmt.Sprintf("%s from call %d on", class, at), func(t *testing.T) {
				inDeletionSimulation(t, func(t *testing.T, w *simulation) {
					w.busy = &busyBus{at: at, lasts: 2 * time.Minute, class: class}
					w.submit(w.deletionRequest(nil))
					w.runWithoutADeath(time.Hour)
					w.approve(nil)
					w.runWithoutADeath(24 * time.Hour)

					if got := w.proofs(); fmt.Sprint(got) != fmt.Sprint(want) {
						t.Errorf("proofs %v, want %v", got, want)
					}

					w.manifest()
					w.wantNoRedrive()
				})
			})
		}
	}
}

func TestAnApprovalOutlastsABusyServiceBus(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)
		w.busy = &busyBus{at: 1, lasts: 2 * time.Minute, class: dsr.Throttled}
		w.approve(nil)
		w.runWithoutADeath(24 * time.Hour)
		if m := w.manifest(); m.Status != dsr.StatusSucceeded || w.busy.refusals == 0 {
			t.Errorf("closed as %s after %d refusals", m.Status, w.busy.refusals)
		}
	})
}

func TestNothingCountsAsLostWhileItsQueueIsNotLookedThrough(t *testing.T) {
	want, _ := undisturbed(t, smallAccount(), 2)
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(exportRequest)
		w.step()

		for _, ok := w.queue(dsr.QueueExports).Take(); ok; _, ok = w.queue(dsr.QueueExports).Take() {
		}

		w.long = true

		for range 60 {
			<-time.After(time.Minute)
			for w.deliverClosing() {
			}
		}

		if hops := w.names(w.audit, attempt1.Prefix()+"hops/"); len(hops) > 0 {
			t.Errorf("sent again: %v", hops)
		}

		w.long = false
		w.run(3 * time.Hour)
		checkOutcome(t, w, want)
	})
}

package simulation_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

func TestAClaimKeepsOthersFromLookingUntilItIsDead(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.open()
		<-time.After(5 * time.Second) // the intake's wake-up is due
		sim.purge(dsr.QueueClosings)
		sim.alterOpenRecord(func(o *dsr.OpenRecord) { o.Claim = "another" })

		for range 60 {
			p := sim.newProcess(&faultInjector{})
			sim.wakeUp(p)
			if names := p.faults.names; slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, "swap ") }) {
				t.Fatalf("a claim that is held was taken after %v: %q", time.Now(), names)
			}
			<-time.After(time.Second)
		}

		if waits := sim.scheduled(); len(waits) == 0 || len(waits) > 2 {
			t.Errorf("60 wake-ups that found the attempt claimed are followed by %d: want one or two, and never none", len(waits))
		}

		<-time.After(2 * time.Second)
		p := sim.newProcess(&faultInjector{})
		sim.wakeUp(p)

		if !slices.Contains(p.faults.names, "swap "+attempt1.Open()) {
			t.Errorf("a dead claim was not taken: %q", p.faults.names)
		}
	})
}

// slowListing is a container whose listings of records take a second, and are counted.
type slowListing struct {
	archive.Backend
	mu               sync.Mutex
	calls, now, most int
}

func (s *slowListing) ListPage(ctx context.Context, prefix, from string, most int) ([]archive.Info, bool, error) {
	s.mu.Lock()
	s.calls, s.now = s.calls+1, s.now+1
	s.most = max(s.most, s.now)
	s.mu.Unlock()
	<-time.After(time.Second)
	s.mu.Lock()
	s.now--
	s.mu.Unlock()
	return s.Backend.ListPage(ctx, prefix, from, most)
}

func TestManyWakeUpsAtOnceMakeOneSurvey(t *testing.T) {
	calls := map[int]int{}
	for _, wakeUps := range []int{1, 15} {
		simulate(t, func(t *testing.T, sim *simulation) {
			sim.open()
			listing := &slowListing{Backend: sim.audit}
			sim.audit = listing
			var running sync.WaitGroup
			for range wakeUps {
				p := sim.newProcess(&faultInjector{}) // each on an instance of its own
				running.Go(func() { sim.wakeUp(p) })
			}

			running.Wait()

			if calls[wakeUps] = listing.calls; listing.most != 1 {
				t.Errorf("%d wake-ups: %d listings at once", wakeUps, listing.most)
			}
		})
	}

	if calls[1] == 0 || calls[15] != calls[1] {
		t.Errorf("one wake-up makes %d calls, 15 at once make %d", calls[1], calls[15])
	}
}

func TestALongCheckKeepsItsClaim(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.open()
		for range 12 {
			sim.step()
		}

		slow := sim.newProcess(&faultInjector{listing: 50 * time.Second})
		begun := time.Now()
		var running sync.WaitGroup
		running.Go(func() { sim.wakeUp(slow) })

		for range 9 {
			<-time.After(10 * time.Second)
			other := sim.newProcess(&faultInjector{})
			sim.wakeUp(other)
			if slices.Contains(other.faults.names, "swap "+attempt1.Open()) {
				t.Fatal("the claim of a check that goes on was taken")
			}
		}

		running.Wait()

		if took := time.Since(begun); took < 100*time.Second {
			t.Errorf("the check took %s: no time to lose its claim", took)
		}
	})
}

func TestALateReconcilerBringsNothingBack(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.open()
		asleep, wake := make(chan struct{}), make(chan struct{})
		var once sync.Once
		var sleeps atomic.Bool
		late := sim.newProcess(&faultInjector{gate: func(name string) {
			if name == "send "+dsr.QueueClosings {
				once.Do(func() { sleeps.Store(true); close(asleep) })
			}
			if sleeps.Load() { // its renewals too
				<-wake
			}
		}})

		var running sync.WaitGroup
		running.Go(func() { sim.wakeUp(late) })
		<-asleep
		sim.run(time.Hour)
		if _, _, closed, err := sim.records().Manifest(t.Context(), attempt1); !closed || err != nil {
			t.Fatalf("nobody closed the attempt, %v", err)
		}

		close(wake)
		running.Wait()

		if _, found, err := sim.records().Open(t.Context(), attempt1); found || err != nil {
			t.Errorf("the index record is back, %v", err)
		}
	})
}

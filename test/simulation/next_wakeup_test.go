package simulation_test

import (
	"slices"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

func TestWhoLeavesAnAttemptOpenSchedulesThenReleasesThenCompletes(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.open()
		p := sim.newProcess(&faultInjector{})
		for {
			if d, ok := sim.queue(dsr.QueueClosings).Receive(); ok {
				sim.invoke(p, dsr.QueueClosings, d)
				break
			}
			<-time.After(time.Second)
		}

		want := []string{"swap " + attempt1.Open(), "send " + dsr.QueueClosings, "swap " + attempt1.Open(), "complete " + dsr.QueueClosings}
		if !slices.Equal(p.faults.names, want) {
			t.Errorf("its effects were %q, want %q", p.faults.names, want)
		}
	})
}

func TestWhatFollowsAWakeUpIsNamedLaterThanIt(t *testing.T) {
	for name, skew := range map[string]time.Duration{"a right clock": 0, "a slow clock": -90 * time.Second, "a fast clock": 90 * time.Second} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, sim *simulation) {
				sim.open()
				<-time.After(5 * time.Second) // the intake's wake-up is due
				sim.purge(dsr.QueueClosings)
				sim.skew = skew
				tick := time.Now().Truncate(time.Second)
				sim.reconcile()
				waits := sim.scheduled()
				clock := time.Now().Add(skew)
				if len(waits) != 1 || !waits[0].After(tick) || !waits[0].After(clock) {
					t.Errorf("the wake-up of %s is followed by %v, with a clock at %s", tick, waits, clock)
				}
			})
		})
	}
}

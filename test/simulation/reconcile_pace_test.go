package simulation_test

import (
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

func TestAPlanWithoutTasksCloses(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.submit(`{"schemaVersion":"1.0","id":"request-1","kind":"export","scope":[{"subscriptionId":"sub-1"}]}`)
		sim.run(time.Minute) // long before dsr_watch looks
		m := sim.manifestOf(attempt1)
		if m.Status != dsr.StatusSucceeded || len(m.Parts) != 0 || len(m.NotCovered) < 3 {
			t.Errorf("manifest %+v", m)
		}
		if !sim.idle() {
			t.Error("something is left open or waiting")
		}
	})
}

func TestChecksGoOnByThemselvesAndSlowDown(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.submit(exportRequest)
		sim.step() // intake sends one wake-up; nobody serves the tasks
		var at []time.Time
		for end := time.Now().Add(30 * time.Minute); time.Now().Before(end); {
			<-time.After(time.Second)
			for sim.deliverWakeUp() {
				at = append(at, time.Now())
			}
		}
		// 2 s, doubling to 5 minutes: some 8 checks until then, and 5 after.
		if len(at) < 10 || len(at) > 16 {
			t.Fatalf("%d checks in half an hour", len(at))
		}

		if first, last := at[1].Sub(at[0]), at[len(at)-1].Sub(at[len(at)-2]); first > 4*time.Second || last < 4*time.Minute || last > 6*time.Minute {
			t.Errorf("checks are %s apart at first and %s at last", first, last)
		}
	})
}

func TestCheckingNeverTakesMoreThanATenthOfTheTime(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.submit(exportRequest)
		sim.step()
		last := dsr.Check{At: time.Now(), Took: 30 * time.Second, Interval: 2 * time.Second}
		sim.alterOpenRecord(func(o *dsr.OpenRecord) { o.LastCheck = &last })

		sim.runReconcilerOnly(290, time.Second) // up to 10 times as long as the check took, no other is made

		o, _, err := sim.records().Open(t.Context(), attempt1)
		if err != nil || !o.LastCheck.At.Equal(last.At) {
			t.Errorf("a check was made after %s, %v", o.LastCheck.At.Sub(last.At), err)
		}

		sim.runReconcilerOnly(20, time.Second)

		if o, _, err = sim.records().Open(t.Context(), attempt1); err != nil || o.LastCheck.At.Equal(last.At) {
			t.Errorf("no check was made when its time had come, %v", err)
		}
	})
}

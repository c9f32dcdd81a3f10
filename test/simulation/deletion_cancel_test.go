package simulation_test

import (
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

func TestCancelStopsBetweenTwoDeletes(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.planDeletion(nil)
		sim.approve(nil)

		sim.runUntil(func() bool { return sim.deletes()["D05"] > 0 })

		sim.cancel()

		at := sim.deletes()
		sim.run(24 * time.Hour)

		if m := sim.manifest(); m.Status != dsr.StatusCanceled {
			t.Errorf("%s", m.Status)
		}
		if n := sim.deletes(); n["D03"] != 0 || n["D08"] > at["D08"] || n["D05"] > at["D05"]+1 {
			t.Errorf("DELETEs %v, at the cancel %v", n, at)
		}

		for what, outcome := range sim.proofs() {
			if strings.HasPrefix(what, "D05") && outcome != dsr.OutcomeDeleted {
				t.Errorf("%s: %s, and it was deleted", what, outcome)
			}
		}
	})
}

func TestACancelAfterADeleteStillProvesIt(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.planDeletion(nil)
		crash := &faultInjector{on: func(name string) bool {
			return sim.deletes()["D05"] > 0 && strings.HasPrefix(name, "put "+attempt1.Receipts())
		}}
		sim.live = sim.newProcess(crash)
		sim.approve(nil)

		sim.runUntil(crash.isDead)

		gone := sim.deletes()["D05"]
		sim.cancel()
		wakeUp, err := dsr.WakeUpMessage(attempt1, time.Now())
		if err != nil {
			t.Fatal(err)
		}

		<-time.After(time.Minute)                                                         // longer than the pause between reconciliations
		if err := sim.boot().Reconciler.Reconcile(t.Context(), wakeUp.Body); err != nil { // before anybody has proved it
			t.Fatal(err)
		}

		sim.run(24 * time.Hour)
		m, proved := sim.manifest(), 0
		for d, err := range sim.records().Deletions(t.Context(), attempt1, m) {
			if err != nil {
				t.Fatal(err)
			}
			if d.Endpoint == "D05" && d.Outcome == dsr.OutcomeDeleted {
				proved++
			}
		}

		if m.Status != dsr.StatusCanceled || proved < gone {
			t.Errorf("%s; %d are gone, %d of them proved", m.Status, gone, proved)
		}
	})
}

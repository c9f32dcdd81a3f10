package simulation_test

import (
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

func TestADeletionThatNobodyApprovesEndsWhenItIsDue(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.submit(sim.deletionRequest(func(r *dsr.Request) { r.DueAt = time.Now().Add(3 * time.Hour).UTC() }))
		sim.run(2 * time.Hour)
		if sim.idle() {
			t.Fatal("it was closed before anybody could approve")
		}

		sim.run(2 * time.Hour)
		m := sim.manifest()

		if n := sim.deletes(); len(n) > 0 {
			t.Errorf("deleted without approval: %v", n)
		}
		if got := reasons(m); m.Status == dsr.StatusSucceeded || got["D01 "+dsr.ReasonNotApproved] != 1 || got["D02 "+dsr.ReasonNotApproved] != 1 {
			t.Errorf("%s, failures %v", m.Status, got)
		}

		// The approval that comes now is refused, and leaves no record that nothing names.
		sim.approve(nil)
		sim.run(time.Hour)

		if names := sim.names(sim.audit, attempt1.Approval()); len(names) > 0 {
			t.Errorf("stored: %v", names)
		}
		if dead := sim.deadLetters(dsr.QueueApprovals); len(dead) != 1 {
			t.Errorf("dead letters %v", dead)
		}

		sim.checkEvidence(attempt1)
	})
}

func TestADeletionWhoseApprovalIsAlteredEndsWhenItIsDue(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.planDeletion(func(r *dsr.Request) { r.DueAt = time.Now().Add(3 * time.Hour).UTC() })
		sim.approve(nil)

		sim.runUntil(func() bool { return len(sim.resends(attempt1)) > 0 })

		if err := sim.audit.Delete(t.Context(), attempt1.Approval()); err != nil {
			t.Fatal(err)
		}
		if err := sim.audit.Put(t.Context(), attempt1.Approval(), []byte(`{"planSha256":"`+hashOf(nil)+`"}`), nil); err != nil {
			t.Fatal(err)
		}

		sim.run(4 * time.Hour)

		if got := reasons(sim.manifest()); got["D01 "+dsr.ReasonNotApproved] != 1 {
			t.Errorf("failures %v", got)
		}
	})
}

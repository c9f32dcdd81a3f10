package simulation_test

import (
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

func TestADeletionThatNobodyApprovesEndsWhenItIsDue(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(func(r *dsr.Request) { r.DueAt = time.Now().Add(3 * time.Hour).UTC() }))
		w.run(2 * time.Hour)
		if w.idle() {
			t.Fatal("it was closed before anybody could approve")
		}

		w.run(2 * time.Hour)
		m := w.manifest()

		if n := w.deletes(); len(n) > 0 {
			t.Errorf("deleted without approval: %v", n)
		}
		if got := reasons(m); m.Status == dsr.StatusSucceeded || got["D01 "+dsr.ReasonNotApproved] != 1 || got["D02 "+dsr.ReasonNotApproved] != 1 {
			t.Errorf("%s, failures %v", m.Status, got)
		}

		// The approval that comes now is refused, and leaves no record that nothing names.
		w.approve(nil)
		w.run(time.Hour)

		if names := w.names(w.audit, attempt1.Approval()); len(names) > 0 {
			t.Errorf("stored: %v", names)
		}
		if dead := w.dead(dsr.QueueApprovals); len(dead) != 1 {
			t.Errorf("dead letters %v", dead)
		}

		w.verified(attempt1)
	})
}

func TestADeletionWhoseApprovalIsAlteredEndsWhenItIsDue(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(func(r *dsr.Request) { r.DueAt = time.Now().Add(3 * time.Hour).UTC() }))
		w.run(time.Hour)
		w.approve(nil)

		for len(w.names(w.audit, attempt1.Prefix()+"hops/")) == 0 {
			if !w.step() {
				<-time.After(time.Second)
			}
		}

		if err := w.audit.Delete(t.Context(), attempt1.Approval()); err != nil {
			t.Fatal(err)
		}
		if err := w.audit.Put(t.Context(), attempt1.Approval(), []byte(`{"planSha256":"`+hashOf(nil)+`"}`), nil); err != nil {
			t.Fatal(err)
		}

		w.run(4 * time.Hour)

		if got := reasons(w.manifest()); got["D01 "+dsr.ReasonNotApproved] != 1 {
			t.Errorf("failures %v", got)
		}
	})
}

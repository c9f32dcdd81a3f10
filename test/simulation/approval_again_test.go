package simulation_test

import (
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/emulator/servicebus/queue"
)

// Storage is away for a moment as an approval arrives, which is dead-lettered then. The
// worker may send nothing to that queue, so its watch takes the approval again.
func TestAnApprovalThatStorageKeptFromBeingTakenIsTakenByTheWatch(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.planDeletion(nil)
		sim.approve(nil)
		approvals := sim.queue(dsr.QueueApprovals)
		d, ok := approvals.Receive()
		if !ok {
			t.Fatal("no approval was sent")
		}
		why := []queue.Property{{Name: queue.DeadLetterReason, Value: dsr.ReasonTransient}}
		if err := approvals.Settle(queue.DeadLetter, why, d.Token); err != nil {
			t.Fatal(err)
		}

		sim.run(time.Hour)

		if dead := sim.deadLetters(dsr.QueueApprovals); len(dead) > 0 {
			t.Errorf("dead letters %v", dead)
		}
		if m := sim.manifest(); m.Status != dsr.StatusSucceeded || len(sim.deletes()) == 0 {
			t.Errorf("%s, deleted %v", m.Status, sim.deletes())
		}
		sim.checkEvidence(attempt1)
	})
}

package simulation_test

import (
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

func TestNothingIsDeletedUnlessAllIsRight(t *testing.T) {
	tests := []struct {
		name    string
		request func(*dsr.Request)
		fault   fake.Fault
		do      func(sim *simulation) // once it is planned
		dead    string                // of the requests or approvals
		status  dsr.Status
		reason  string
	}{
		{name: "a dry run", request: func(r *dsr.Request) { r.DryRun = true }, status: dsr.StatusSucceeded},
		{name: "nobody approves"},
		{name: "the same person approves", do: func(sim *simulation) {
			sim.approve(func(a map[string]string) { a["approvedBy"] = " Desk@Example.org" })
		}, dead: "whoever submitted the request can't approve it"},
		{name: "another plan is approved", do: func(sim *simulation) {
			sim.approve(func(a map[string]string) { a["planSha256"] = hashOf(nil) })
		}, dead: "it is not the SHA-256 of the request's deletion plan"},
		{name: "an account is not confirmed", request: func(r *dsr.Request) { r.Confirm = r.Confirm[1:] }, dead: "ConfirmationMissing"},
		{name: "a project that was found is not confirmed", request: func(r *dsr.Request) { r.Confirm = r.Confirm[:len(r.Confirm)-1] },
			status: dsr.StatusPartiallyFailed, reason: "D06 ConfirmationMissing"},
		{name: "what others have is not acknowledged", request: func(r *dsr.Request) { r.AcknowledgeOthers = false },
			status: dsr.StatusPartiallyFailed, reason: "D06 OthersNotAcknowledged"},
		{name: "something could not be read", fault: fake.Fault{Endpoint: "E16", Status: 403, Match: "run-000001"},
			status: dsr.StatusPartiallyFailed, reason: "D06 InventoryFailed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			simulateDeletion(t, func(t *testing.T, sim *simulation) {
				if tt.fault.Endpoint != "" {
					sim.upstream.SetFaults(tt.fault)
				}

				sim.planDeletion(tt.request)

				if tt.do != nil {
					tt.do(sim)
				}

				sim.run(time.Hour)

				if n := sim.deletes(); len(n) > 0 {
					t.Errorf("deleted %v", n)
				}

				dead := strings.Join(append(sim.deadLetters(dsr.QueueRequests), sim.deadLetters(dsr.QueueApprovals)...), " ")
				if (dead == "") != (tt.dead == "") || !strings.Contains(dead, tt.dead) {
					t.Errorf("dead letters %q, want %q", dead, tt.dead)
				}

				if tt.status == "" {
					if names := sim.names(sim.audit, attempt1.Manifest()); len(names) > 0 {
						t.Error("it is closed")
					}
					return
				}

				m := sim.manifest()
				if m.Status != tt.status || (tt.reason != "" && reasons(m)[tt.reason] == 0) {
					t.Errorf("%s, failures %v; want %s, %s", m.Status, reasons(m), tt.status, tt.reason)
				}

				sim.checkEvidence(attempt1)

				if tt.status == dsr.StatusSucceeded && len(sim.deletionPlan().Stages) != 9 {
					t.Errorf("planned %v", planned(sim.deletionPlan()))
				}
			})
		})
	}
}

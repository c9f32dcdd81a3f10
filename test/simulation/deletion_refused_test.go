package simulation_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// Nothing of this deletes anything.
func TestNothingIsDeletedUnlessAllIsRight(t *testing.T) {
	tests := []struct {
		name    string
		request func(*dsr.Request)
		do      func(w *simulation)
		dead    string // of the requests or approvals
		status  dsr.Status
		reason  string
	}{
		{name: "a dry run", request: func(r *dsr.Request) { r.DryRun = true }, status: dsr.StatusSucceeded},
		{name: "nobody approves"},
		{name: "the same person approves", do: func(w *simulation) {
			w.approve(func(a map[string]string) { a["approvedBy"] = " Desk@Example.org" })
		}, dead: "whoever submitted the request can't approve it"},
		{name: "another plan is approved", do: func(w *simulation) {
			w.approve(func(a map[string]string) { a["planSha256"] = hashOf(nil) })
		}, dead: "it is not the SHA-256 of the request's deletion plan"},
		{name: "an account is not confirmed", request: func(r *dsr.Request) { r.Confirm = r.Confirm[1:] }, dead: "ConfirmationMissing"},
		{name: "a project that was found is not confirmed", request: func(r *dsr.Request) { r.Confirm = r.Confirm[:len(r.Confirm)-1] },
			status: dsr.StatusPartiallyFailed, reason: "D06 ConfirmationMissing"},
		{name: "what others have is not acknowledged", request: func(r *dsr.Request) { r.AcknowledgeOthers = false },
			status: dsr.StatusPartiallyFailed, reason: "D06 OthersNotAcknowledged"},
		{name: "something could not be read", do: func(*simulation) {}, status: dsr.StatusPartiallyFailed, reason: "D06 InventoryFailed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inDeletionSimulation(t, func(t *testing.T, w *simulation) {
				if tt.reason == "D06 InventoryFailed" {
					w.upstream.SetFaults(fake.Fault{Endpoint: "E16", Status: 403, Match: "run-000001"})
				}

				w.submit(w.deletionRequest(tt.request))
				w.run(time.Hour)

				if tt.do != nil && tt.reason == "" {
					tt.do(w)
				}

				w.run(time.Hour)

				if n := w.deletes(); len(n) > 0 {
					t.Errorf("deleted %v", n)
				}

				dead := strings.Join(append(w.dead(dsr.QueueRequests), w.dead(dsr.QueueApprovals)...), " ")
				if (dead == "") != (tt.dead == "") || !strings.Contains(dead, tt.dead) {
					t.Errorf("dead letters %q, want %q", dead, tt.dead)
				}

				if tt.status == "" {
					if names := w.names(w.audit, attempt1.Manifest()); len(names) > 0 {
						t.Error("it is closed")
					}
					return
				}

				m := w.manifest()
				if m.Status != tt.status || (tt.reason != "" && reasons(m)[tt.reason] == 0) {
					t.Errorf("%s, failures %v; want %s, %s", m.Status, reasons(m), tt.status, tt.reason)
				}

				w.verified(attempt1)

				if tt.status == dsr.StatusSucceeded && len(w.plans().Stages) != 9 {
					t.Errorf("planned %v", planned(w.plans()))
				}
			})
		})
	}
}

func (w *simulation) hold(on string) {
	w.t.Helper()
	if _, err := w.records().RecordHold(context.Background(), dsr.Hold{
		ID:     "case-1",
		Number: 1,
		On:     on,
		Reason: "litigation",
		At:     time.Now(),
	}); err != nil {
		w.t.Fatal(err)
	}
}

func TestAHoldKeepsAThingAndAllContainersOfIt(t *testing.T) {
	run := smallAccountRun()
	project := experimentationID + "/workspaces/workspace-00/projects/project-00"
	for name, tt := range map[string]struct {
		on   string
		kept []string // rows and targets, or items
	}{
		"a run":                 {run, []string{"D06 " + project, "D07 " + experimentationID, "D08 " + experimentationID}},
		"a run by its path":     {project + "/runs/" + run, []string{"D06 " + project, "D07 " + experimentationID, "D08 " + experimentationID}},
		"a project":             {project, []string{"D06 " + project, "D07 " + experimentationID, "D08 " + experimentationID}},
		"a whole account":       {strings.ToUpper(hostingID), []string{"D01", "D02", "D03", "D04", "D05"}},
		"what an account is in": {"/subscriptions/sub-1", []string{"D01", "D02", "D03", "D04", "D05", "D06", "D07", "D08"}},
	} {
		for _, late := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s late=%t", name, late), func(t *testing.T) {
				inDeletionSimulation(t, func(t *testing.T, w *simulation) {
					if !late {
						w.hold(tt.on)
					}

					w.submit(w.deletionRequest(nil))
					w.run(time.Hour)

					if got := len(w.plans().Held) > 0; got == late {
						t.Errorf("the plan names as held %+v", w.plans().Held)
					}
					if late {
						w.hold(tt.on)
					}

					w.approve(nil)
					w.run(24 * time.Hour)
					m := w.manifest()

					for what, outcome := range w.proofs() {
						kept := slices.ContainsFunc(tt.kept, func(k string) bool { return strings.HasPrefix(what, k) })
						if kept != (outcome != dsr.OutcomeDeleted) {
							t.Errorf("%s: %s", what, outcome)
						}
					}

					if m.Status == dsr.StatusSucceeded {
						t.Error("what is held is not done")
					}

					for id := range w.deletes() {
						if slices.Contains(tt.kept, id) {
							t.Errorf("a DELETE of %s was sent", id)
						}
					}
				})
			})
		}
	}
}

func TestWhatHasGrownGoesBackToApproval(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)
		w.approve(nil)
		account := w.account
		account.Runs++ // somebody has started another run in each project
		w.replaceUpstream(fake.Options{Account: account})
		w.run(24 * time.Hour)
		m := decode[dsr.Manifest](t, readBlob(t, w.audit, attempt1.Manifest()))
		if got := reasons(m); got["D06 GrownSincePlan"] != 2 || got["D08 DependencyFailed"] != 1 {
			t.Errorf("failures %v", got)
		}

		if n := w.deletes(); n["D06"] != 0 || n["D08"] != 0 || n["D01"] != 1 {
			t.Fatalf("DELETEs %v", n)
		}

		// What is left is planned again, and waits for another approval.
		second := attemptOf(2)
		plan := decode[dsr.DeletionPlan](t, readBlob(t, w.audit, second.DeletionPlan()))
		if want := map[string]int{"D06": 2, "D07": 1, "D08": 1}; !maps.Equal(planned(plan), want) {
			t.Errorf("planned anew %v, want %v", planned(plan), want)
		}

		w.approve(func(a map[string]string) { a["planSha256"] = hashOf(readBlob(t, w.audit, second.DeletionPlan())) })
		w.run(24 * time.Hour)
		m = decode[dsr.Manifest](t, readBlob(t, w.audit, second.Manifest()))
		if n := w.deletes(); m.Status != dsr.StatusSucceeded || n["D06"] != 2 || n["D08"] != 1 || !w.idle() {
			t.Errorf("the second attempt is %s, %v; DELETEs %v", m.Status, m.Failures, n)
		}

		w.verified(second)
	})
}

func TestAReleasedHoldIsDeletedByARetry(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.hold(smallAccountRun())
		w.deleted(func(r *dsr.Request) { r.Kind, r.EraseExports = dsr.KindExportThenDelete, true }) // its own copy is no earlier one
		if got := w.manifest(); got.Status != dsr.StatusPartiallyFailed {
			t.Fatalf("%s", got.Status)
		}
		if _, err := w.records().RecordHold(t.Context(), dsr.Hold{
			ID:       "case-1",
			Number:   2,
			On:       smallAccountRun(),
			Released: true,
		}); err != nil {
			t.Fatal(err)
		}

		w.order(2)
		w.run(time.Hour)
		w.approve(func(a map[string]string) { a["planSha256"] = hashOf(readBlob(t, w.audit, attemptOf(2).DeletionPlan())) })
		w.run(24 * time.Hour)
		m := decode[dsr.Manifest](t, readBlob(t, w.audit, attemptOf(2).Manifest()))
		if n := w.deletes(); m.Status != dsr.StatusSucceeded || n["D06"] != 2 || n["D08"] != 1 {
			t.Errorf("the second attempt is %s, %v; DELETEs %v", m.Status, m.Failures, n)
		}
	})
}

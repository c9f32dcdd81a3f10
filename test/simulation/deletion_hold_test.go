package simulation_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

func (sim *simulation) hold(on string) {
	sim.t.Helper()
	if _, err := sim.records().RecordHold(context.Background(), dsr.Hold{
		ID:     "case-1",
		Number: 1,
		On:     on,
		Reason: "litigation",
		At:     time.Now(),
	}); err != nil {
		sim.t.Fatal(err)
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
				simulateDeletion(t, func(t *testing.T, sim *simulation) {
					if !late {
						sim.hold(tt.on)
					}

					sim.planDeletion(nil)

					if got := len(sim.deletionPlan().Held) > 0; got == late {
						t.Errorf("the plan names as held %+v", sim.deletionPlan().Held)
					}
					if late {
						sim.hold(tt.on)
					}

					sim.executePlan()
					m := sim.manifest()

					for what, outcome := range sim.proofs() {
						kept := slices.ContainsFunc(tt.kept, func(k string) bool { return strings.HasPrefix(what, k) })
						if kept != (outcome != dsr.OutcomeDeleted) {
							t.Errorf("%s: %s", what, outcome)
						}
					}

					if m.Status == dsr.StatusSucceeded {
						t.Error("what is held is not done")
					}

					for id := range sim.deletes() {
						if slices.Contains(tt.kept, id) {
							t.Errorf("a DELETE of %s was sent", id)
						}
					}
				})
			})
		}
	}
}

func smallAccountRun() string {
	a := smallAccount()
	return a.RunID(0, 0, 1)
}

func TestAReleasedHoldIsDeletedByARetry(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.hold(smallAccountRun())
		sim.runDeletion(func(r *dsr.Request) { r.Kind, r.EraseExports = dsr.KindExportThenDelete, true }) // its own copy is no earlier one
		if got := sim.manifest(); got.Status != dsr.StatusPartiallyFailed {
			t.Fatalf("%s", got.Status)
		}
		if _, err := sim.records().RecordHold(t.Context(), dsr.Hold{
			ID:       "case-1",
			Number:   2,
			On:       smallAccountRun(),
			Released: true,
		}); err != nil {
			t.Fatal(err)
		}

		sim.retry(2)
		sim.run(time.Hour)
		sim.approve(func(a map[string]string) {
			a["planSha256"] = hashOf(readBlob(t, sim.audit, attemptOf(2).DeletionPlan()))
		})
		sim.run(24 * time.Hour)
		m := sim.manifestOf(attemptOf(2))
		if n := sim.deletes(); m.Status != dsr.StatusSucceeded || n["D06"] != 2 || n["D08"] != 1 {
			t.Errorf("the second attempt is %s, %v; DELETEs %v", m.Status, m.Failures, n)
		}
	})
}

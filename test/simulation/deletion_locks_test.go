package simulation_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// Locks stop a plan before anything is deleted, whoever they are on, and are named.
func TestALockStopsThePlanBeforeAnythingIsDeleted(t *testing.T) {
	const group = "/subscriptions/sub-1/resourceGroups/group-1"
	for name, tt := range map[string]struct {
		scope, level string
		stops        bool
	}{
		"the workspace":                   {mlSpaceID, "CanNotDelete", true},
		"the workspace, in other letters": {strings.ToUpper(mlSpaceID), "readonly", true},
		"the resource group":              {group, "CanNotDelete", true},
		"the subscription":                {"/subscriptions/sub-1", "ReadOnly", true},
		"something in the workspace":      {mlSpaceID + "/datastores/blob-00", "CanNotDelete", true},
		"another workspace":               {mlSpaceID + "1", "CanNotDelete", false},
		"another resource group":          {group + "1", "CanNotDelete", false},
		"the workspace, of no effect":     {mlSpaceID, "NotSpecified", false},
	} {
		for _, when := range []string{"before the plan", "before the approval"} {
			t.Run(name+", "+when, func(t *testing.T) {
				simulateAccount(t, mlAccount(), 100, func(t *testing.T, sim *simulation) {
					locks := []fake.Lock{
						{Scope: "/subscriptions/sub-2", Name: "of-another", Level: "CanNotDelete"},
						{Scope: mlSpaceID, Name: "harmless-1", Level: "NotSpecified"},
						{Scope: mlSpaceID, Name: "harmless-2", Level: "NotSpecified"},
						{Scope: tt.scope, Name: "keep-me", Level: tt.level},
					}
					if when == "before the plan" {
						sim.upstream.SetLocks(locks...)
					}
					sim.planMLDeletion(func(r *dsr.Request) { r.What, r.AcknowledgeOthers = "", true })
					if when == "before the approval" {
						sim.upstream.SetLocks(locks...)
					}
					if got := len(sim.deletionPlan().Locks); (got == 1) != (tt.stops && when == "before the plan") {
						t.Errorf("the plan names %d locks", got)
					}

					if !tt.stops {
						return
					}
					if when == "before the approval" {
						sim.approve(nil)
					}
					sim.run(24 * time.Hour)

					m := sim.manifest()
					if n := sim.deletes(); len(n) > 0 {
						t.Errorf("deleted %v", n)
					}
					if m.Status != dsr.StatusPartiallyFailed || len(m.Failures) == 0 {
						t.Errorf("%s, %v", m.Status, m.Failures)
					}
					for _, f := range m.Failures {
						if f.Reason != dsr.ReasonLocked || !strings.Contains(f.Error, "keep-me") || !strings.Contains(strings.ToLower(f.Error), strings.ToLower(tt.scope)) {
							t.Errorf("failed for %s: %s", f.Reason, f.Error)
						}
					}
					sim.checkEvidence(attempt1)
				})
			})
		}
	}
}

// Only what is locked itself stops a request for one person's things.
func TestALockOnSomebodyElsesThingStopsNothing(t *testing.T) {
	for _, hers := range []bool{false, true} {
		simulateAccount(t, mlAccount(), 100, func(t *testing.T, sim *simulation) {
			sim.planMLDeletion(nil)
			scope := mlSpaceID + "/computes/nobodys"
			for _, stage := range sim.deletionPlan().Stages {
				if hers && stage.Endpoint == "DW05" {
					scope = mlSpaceID + "/computes/" + stage.Items[0].Item
				}
			}
			sim.upstream.SetLocks(fake.Lock{Scope: scope, Name: "keep-me", Level: "CanNotDelete"})
			sim.executePlan()
			if n := sim.deletes(); (len(n) == 0) != hers {
				t.Errorf("locked is %t, deleted %v", hers, n)
			}
		})
	}
}

// An identity that may not read locks deletes nothing; one that may not read those of the
// subscription knows them from what is deleted.
func TestLocksThatCannotBeReadStopThePlan(t *testing.T) {
	for name, tt := range map[string]struct {
		match string
		stops bool
	}{
		"of what is deleted": {"/workspaces/ml-00/providers/Microsoft.Authorization/", true},
		"of what holds it":   {"atScope", false},
	} {
		t.Run(name, func(t *testing.T) {
			simulateAccount(t, mlAccount(), 100, func(t *testing.T, sim *simulation) {
				sim.upstream.SetFaults(fake.Fault{Endpoint: "LOCKS", Match: tt.match, Status: http.StatusForbidden})
				sim.planMLDeletion(nil)
				if !tt.stops {
					sim.approve(nil)
				}
				sim.run(24 * time.Hour)

				m := sim.manifest()
				if n := sim.deletes(); (len(n) == 0) != tt.stops {
					t.Errorf("deleted %v", n)
				}
				if stopped := len(m.Failures) > 0 && strings.Contains(m.Failures[0].Error, "Microsoft.Authorization/locks/read"); stopped != tt.stops {
					t.Errorf("%s, %v", m.Status, m.Failures)
				}
			})
		})
	}
}

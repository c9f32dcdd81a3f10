package simulation_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

func TestADeletionIsPlannedApprovedAndProved(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.planDeletion(nil)
		if n := sim.deletes(); len(n) > 0 {
			t.Fatalf("deleted before anybody approved: %v", n)
		}

		plan := sim.deletionPlan()
		var order []string
		for _, s := range plan.Stages {
			order = append(order, s.Endpoint)
		}

		if want := []string{"D04", "D05", "D03", "D02", "D01", "D06", "D06", "D07", "D08"}; !slices.Equal(order, want) {
			t.Errorf("planned %v, want %v", order, want)
		}

		sim.executePlan()
		m := sim.manifest()
		if m.Status != dsr.StatusSucceeded {
			t.Fatalf("%s, failures %+v", m.Status, m.Failures)
		}

		want := map[string]int{"D01": 1, "D02": 3, "D03": 3, "D04": 2, "D05": 3, "D06": 2, "D07": 1, "D08": 1}
		if got := planned(plan); !maps.Equal(got, want) {
			t.Errorf("planned %v, want %v", got, want)
		}
		if got := sim.deletes(); !maps.Equal(got, want) {
			t.Errorf("the upstream served %v DELETEs, want %v", got, want)
		}

		proofs := sim.proofs()
		if len(proofs) != 16 {
			t.Errorf("%d proofs, want one for each thing", len(proofs))
		}

		sim.checkEvidence(attempt1)

		if m.DeletionPlan == nil || m.Approval == nil {
			t.Errorf("the manifest names the plan %v and the approval %v, want both", m.DeletionPlan, m.Approval)
		}

		for id, n := range want {
			if m.Totals[id].Documents != int64(n) {
				t.Errorf("%s: %d deleted, want %d", id, m.Totals[id].Documents, n)
			}
		}

		for what, outcome := range proofs {
			if outcome != dsr.OutcomeDeleted {
				t.Errorf("%s: %s", what, outcome)
			}
		}

		for _, name := range sim.names(sim.exports, attempt1.Prefix()+"data/runs/") {
			if body := readBlob(t, sim.exports, name); strings.Contains(name, "/part-") && !strings.Contains(string(body), `"document":null`) {
				t.Errorf("%s keeps a copy: %.200s", name, body)
			}
		}
	})
}

func TestDeletionsThatTakeTheirTime(t *testing.T) {
	for name, d := range map[string]fake.Deletion{
		"an operation":                       {Takes: 3 * time.Minute, AsyncOperation: true},
		"an operation by a relative link":    {Takes: 3 * time.Minute, AsyncOperation: true, Relative: true, RetryAfter: "20"},
		"a location":                         {Takes: 3 * time.Minute, Location: true, Status: 204},
		"longer than an invocation":          {Takes: 25 * time.Minute, AsyncOperation: true, RetryAfter: "30"},
		"a 202 that says no place to ask":    {Takes: 20 * time.Second},
		"visible for a while":                {LingerFor: 20 * time.Second},
		"visible for longer than is waited":  {LingerFor: 5 * time.Minute},
		"204 and 404 as the services say it": {Status: 204, Missing: 204},
	} {
		t.Run(name, func(t *testing.T) {
			simulateDeletion(t, func(t *testing.T, sim *simulation) {
				sim.replaceUpstream(fake.Options{Account: sim.account, Deletion: d})
				sim.runDeletion(nil)
				m := sim.manifest()
				if m.Status != dsr.StatusSucceeded {
					t.Fatalf("%s: %v", m.Status, m.Failures)
				}

				if proofs := sim.proofs(); len(proofs) != 16 {
					t.Errorf("%d proofs", len(proofs))
				}
			})
		})
	}
}

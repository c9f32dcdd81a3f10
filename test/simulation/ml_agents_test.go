package simulation_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// hubAccount has a hub, ml-00, and its project, ml-01.
func hubAccount() fake.Account {
	account := mlAccount()
	account.MachineLearningWorkspaces, account.ML.Projects, account.ML.Connections = 2, 1, 3
	return account
}

// notCovered returns why something is not covered, by a part of what it is; "" where
// nothing of the kind is named.
func notCovered(sim *simulation, part string) string {
	for _, n := range sim.manifest().NotCovered {
		if strings.Contains(n.What, part) {
			return n.Why
		}
	}
	return ""
}

func TestAnExportWithoutItsChatsNeverLooksComplete(t *testing.T) {
	missing := func(endpoints ...string) (faults []fake.Fault) {
		for _, e := range endpoints {
			faults = append(faults, fake.Fault{Endpoint: e, Status: http.StatusNotFound})
		}
		return faults
	}
	for name, tt := range map[string]struct {
		space  string
		faults []fake.Fault
		status dsr.Status
		failed string // the row that a failure is of
		says   string // what notCovered names
	}{
		"all of a hub with its project":               {space: `"*"`, status: dsr.StatusSucceeded, says: "Microsoft.CognitiveServices/accounts/contoso"},
		"the hub alone":                               {space: `"ml-00"`, status: dsr.StatusSucceeded, says: "the project /subscriptions/sub-1/resourceGroups/group-1/providers/Microsoft.MachineLearningServices/workspaces/ml-01"},
		"a project whose chats are not there":         {space: `"ml-01"`, faults: missing("W68"), status: dsr.StatusPartiallyFailed, failed: "W68"},
		"a project whose evaluations are not there":   {space: `"ml-01"`, faults: missing("W74"), status: dsr.StatusPartiallyFailed, failed: "W74"},
		"a project whose prompts are not there":       {space: `"ml-01"`, faults: missing("W77"), status: dsr.StatusPartiallyFailed, failed: "W77"},
		"a project whose chats nobody may read":       {space: `"ml-01"`, faults: []fake.Fault{{Endpoint: "W68", Status: http.StatusForbidden}}, status: dsr.StatusPartiallyFailed, failed: "W68"},
		"a project whose agents answer with an error": {space: `"ml-01"`, faults: []fake.Fault{{Endpoint: "W71", Body: `{"error":{"message":"no"}}`}}, status: dsr.StatusPartiallyFailed, failed: "W71"},
		"a project whose connections can't be listed": {space: `"ml-01"`, faults: []fake.Fault{{Endpoint: "W42", Status: http.StatusForbidden, Times: 1}}, status: dsr.StatusSucceeded, says: "accounts that /subscriptions/sub-1"},
	} {
		t.Run(name, func(t *testing.T) {
			simulateAccount(t, hubAccount(), 2, func(t *testing.T, sim *simulation) {
				sim.upstream.SetFaults(tt.faults...)
				sim.submit(strings.Replace(mlRequest(), `"machineLearningWorkspaces":["*"]`, `"machineLearningWorkspaces":[`+tt.space+`]`, 1))
				sim.run(24 * time.Hour)
				got := sim.outcome()
				if got.Status != tt.status || (tt.failed != "" && !strings.HasPrefix(strings.Join(got.Failures, " "), tt.failed)) {
					t.Errorf("%s, failures %v", got.Status, got.Failures)
				}
				if tt.says != "" && notCovered(sim, tt.says) == "" {
					t.Errorf("not covered: %+v", sim.manifest().NotCovered)
				}

				sim.checkEvidence(attempt1)
			})
		})
	}
}

// A workspace that is no AI project may have no agents: the totals say so.
func TestAWorkspaceOfAnotherKindMayHaveNoAgents(t *testing.T) {
	simulateAccount(t, mlAccount(), 2, func(t *testing.T, sim *simulation) {
		sim.upstream.SetFaults(fake.Fault{Endpoint: "W68", Status: http.StatusNotFound})
		sim.submit(mlRequest())
		sim.run(time.Hour)
		if got := sim.outcome(); got.Status != dsr.StatusSucceeded || got.Totals["W68"].Gone == 0 || got.Totals["W69"].Calls > 0 {
			t.Errorf("%s, W68 %+v, W69 %+v, failures %v", got.Status, got.Totals["W68"], got.Totals["W69"], got.Failures)
		}
		sim.checkEvidence(attempt1)
	})
}

func TestAChatIsErasedWithItsPersonAndNoOther(t *testing.T) {
	simulateAccount(t, mlAccount(), 2, func(t *testing.T, sim *simulation) {
		// Of five chats the first and the fourth are hers, by the object id and by the
		// sign-in name.
		want := map[string]bool{}
		for path := range sim.upstream.Documents() {
			if p, ok := sim.upstream.Owner(path); ok && strings.Contains(path, "/agents/v1.0/") && p.ObjectID != sim.account.Subject().ObjectID {
				want[path] = true
			}
		}

		sim.planMLDeletion(func(r *dsr.Request) {
			r.ResourceTypes = []string{"ml-agent-threads", "ml-agent-messages", "ml-agent-vector-stores"}
		})
		for _, m := range sim.deletionPlan().Mentions {
			if m.Endpoint == "W69" {
				t.Errorf("%+v stays, but goes with its chat", m)
			}
		}
		sim.executePlan()
		if m := sim.manifest(); m.Status != dsr.StatusSucceeded {
			t.Fatalf("%s, failures %+v", m.Status, m.Failures)
		}

		left := map[string]bool{}
		for path := range sim.upstream.Documents() {
			if _, ok := sim.upstream.Owner(path); ok && strings.Contains(path, "/agents/v1.0/") {
				left[path] = true
			}
		}
		if !maps.Equal(left, want) {
			t.Errorf("left are %v, want %v", left, want)
		}
		if n := sim.deletes(); n["DW68i"] != 2 || n["DW73i"] != 1 || len(n) != 2 {
			t.Errorf("DELETEs %v", n)
		}
		sim.checkEvidence(attempt1)
	})
}

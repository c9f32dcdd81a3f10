package simulation_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
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
func notCovered(w *simulation, part string) string {
	for _, n := range w.manifest().NotCovered {
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
			synctest.Test(t, func(t *testing.T) {
				w := newSimulation(t, hubAccount(), 2)
				defer w.close()

				w.upstream.SetFaults(tt.faults...)
				request := strings.Replace(mlRequest, `"machineLearningWorkspaces":["*"]`, `"machineLearningWorkspaces":[`+tt.space+`]`, 1)
				w.submit(strings.Replace(request, "TYPES", mlTypes(), 1))
				w.run(24 * time.Hour)
				got := w.outcome()
				if got.Status != tt.status || (tt.failed != "" && !strings.HasPrefix(strings.Join(got.Failures, " "), tt.failed)) {
					t.Errorf("%s, failures %v", got.Status, got.Failures)
				}
				if tt.says != "" && notCovered(w, tt.says) == "" {
					t.Errorf("not covered: %+v", w.manifest().NotCovered)
				}

				w.verified(attempt1)
			})
		})
	}
}

// A workspace that is no AI project may have no agents: the totals say so.
func TestAWorkspaceOfAnotherKindMayHaveNoAgents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSimulation(t, mlAccount(), 2)
		defer w.close()

		w.upstream.SetFaults(fake.Fault{Endpoint: "W68", Status: http.StatusNotFound})
		w.submit(strings.Replace(mlRequest, "TYPES", mlTypes(), 1))
		w.run(time.Hour)
		if got := w.outcome(); got.Status != dsr.StatusSucceeded || got.Totals["W68"].Gone == 0 || got.Totals["W69"].Calls > 0 {
			t.Errorf("%s, W68 %+v, W69 %+v, failures %v", got.Status, got.Totals["W68"], got.Totals["W69"], got.Failures)
		}
		w.verified(attempt1)
	})
}

func TestAChatIsErasedWithItsPersonAndNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSimulation(t, mlAccount(), 2)
		defer w.close()

		// Of five chats the first and the fourth are hers, by the object id and by the
		// sign-in name.
		want := map[string]bool{}
		for path := range w.upstream.Documents() {
			if p, ok := w.upstream.Owner(path); ok && strings.Contains(path, "/agents/v1.0/") && p.ObjectID != w.account.Subject().ObjectID {
				want[path] = true
			}
		}

		w.submit(w.mlDeletionRequest(func(r *dsr.Request) { r.ResourceTypes = []string{"ml-agent-threads", "ml-agent-messages", "ml-agent-vector-stores"} }))
		w.run(time.Hour)
		for _, m := range w.plans().Mentions {
			if m.Endpoint == "W69" {
				t.Errorf("%+v stays, but goes with its chat", m)
			}
		}
		w.approve(nil)
		w.run(24 * time.Hour)
		if m := w.manifest(); m.Status != dsr.StatusSucceeded {
			t.Fatalf("%s, failures %+v", m.Status, m.Failures)
		}

		left := map[string]bool{}
		for path := range w.upstream.Documents() {
			if _, ok := w.upstream.Owner(path); ok && strings.Contains(path, "/agents/v1.0/") {
				left[path] = true
			}
		}
		if !maps.Equal(left, want) {
			t.Errorf("left are %v, want %v", left, want)
		}
		if n := w.deletes(); n["DW68i"] != 2 || n["DW73i"] != 1 || len(n) != 2 {
			t.Errorf("DELETEs %v", n)
		}
		w.verified(attempt1)
	})
}

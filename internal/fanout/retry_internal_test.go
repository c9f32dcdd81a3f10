package fanout

import (
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestWhatIsNewElsewhereIsNotPartOfARetry(t *testing.T) {
	account := func(name string) dsr.Target {
		return dsr.Target{Level: dsr.ExperimentationAccount, SubscriptionID: "s", ResourceGroup: "g", Account: name}
	}
	inside := func(t dsr.Target, workspace string) dsr.Target {
		t.Level, t.Workspace = dsr.Workspace, workspace
		return t
	}
	r := &retryPlan{absent: []string{account("Absent").ID()}, known: map[string]bool{}}
	r.addFound(dsr.Request{}, []Found{
		{Target: account("absent")}, {Target: inside(account("absent"), "w")},
		{Target: account("absentee")}, {Target: inside(account("other"), "new")},
	}, []ResourceType{{Name: "account", Level: dsr.ExperimentationAccount}, {Name: "workspaces", Level: dsr.Workspace}})
	var got []string
	for _, n := range r.plan.Nodes {
		got = append(got, n.Type+" "+n.Target)
	}
	want := []string{"account " + account("absent").ID(), "workspaces " + inside(account("absent"), "w").ID()}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("nodes %v, want %v", got, want)
	}
}

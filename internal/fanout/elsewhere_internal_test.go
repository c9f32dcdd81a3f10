package fanout

import (
	"fmt"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestWhatBelongsToAWorkspaceAndIsNotRead(t *testing.T) {
	const account = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/c"
	space := func(name string, e elsewhere) Found {
		return Found{Elsewhere: e, Target: dsr.Target{
			Level:          dsr.MachineLearningWorkspace,
			SubscriptionID: "s",
			ResourceGroup:  "g",
			Workspace:      name,
		}}
	}
	project := space("p", elsewhere{}).Target.ID()
	failed := space("p", elsewhere{})
	failed.Failed = &dsr.Failure{Reason: dsr.ReasonForbidden}

	for name, tt := range map[string]struct {
		found []Found
		want  []string // what, in part, and why
	}{
		"a workspace of the usual kind": {[]Found{space("w", elsewhere{})}, nil},
		"a hub whose projects are not known": {
			[]Found{space("h", elsewhere{hub: true})},
			[]string{"the projects of the hub " + space("h", elsewhere{}).Target.ID() + " | " + whyProjects},
		},
		"a hub whose project is read":                     {[]Found{space("h", elsewhere{hub: true, projects: []string{strings.ToUpper(project)}}), space("p", elsewhere{})}, nil},
		"a hub whose project is not in the scope":         {[]Found{space("h", elsewhere{hub: true, projects: []string{project}})}, []string{"the project " + project + " | " + whyProjects}},
		"a hub whose project may not be read":             {[]Found{space("h", elsewhere{hub: true, projects: []string{project}}), failed}, []string{"the project " + project + " | " + whyProjects}},
		"one account of two workspaces, in another case":  {[]Found{space("a", connectedTo(account)), space("b", connectedTo(strings.ToLower(account)))}, []string{account + " | " + whyAccounts}},
		"a connection to an account without a name":       {[]Found{space("a", elsewhere{connected: dsr.Connected{Unnamed: []string{"ai"}}})}, []string{"that the connection ai of | " + whyAccounts}},
		"connections that nobody may list":                {[]Found{space("a", elsewhere{unknown: true})}, []string{"is connected to | " + whyUnknown}},
		"what is associated with a workspace of any kind": {[]Found{space("a", elsewhere{projects: []string{project}})}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := notReadWith(tt.found)
			if len(got) != len(tt.want) {
				t.Fatalf("got %+v", got)
			}
			for i, want := range tt.want {
				what, why, _ := strings.Cut(want, " | ")
				if !strings.Contains(got[i].What, what) || got[i].Why != why {
					t.Errorf("got %+v, want %s", got[i], want)
				}
			}
		})
	}
}

func connectedTo(account string) elsewhere {
	return elsewhere{connected: dsr.Connected{Accounts: []string{account}}}
}

func TestAPlanNamesOnlySoMuchThatIsElsewhere(t *testing.T) {
	var accounts []string
	for i := range maxElsewhere + 7 {
		accounts = append(accounts, fmt.Sprintf("/subscriptions/s/accounts/%d", i))
	}

	got := notReadWith([]Found{{Elsewhere: elsewhere{connected: dsr.Connected{Accounts: accounts}}}})
	if len(got) != maxElsewhere+1 || got[maxElsewhere].What != "7 more projects and accounts" {
		t.Errorf("%d, the last is %+v", len(got), got[len(got)-1])
	}
}

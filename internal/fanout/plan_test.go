package fanout_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
)

var types = []fanout.ResourceType{
	{Name: "hosting-account", Level: dsr.HostingAccount},
	{Name: "models", Level: dsr.HostingAccount},
	{Name: "experimentation-account", Level: dsr.ExperimentationAccount},
	{Name: "workspaces", Level: dsr.Workspace},
	{Name: "projects", Level: dsr.Project},
	{Name: "runs", Level: dsr.Project},
	{Name: "run-artifacts", Level: dsr.Project, Follows: "runs"},
	{Name: "artifacts", Level: dsr.Project, Follows: "runs"},
	{Name: "notifications", Level: dsr.Project, OfSubject: "E26"},
	{Name: "computes", Level: dsr.MachineLearningWorkspace},
	{Name: "operationalization-clusters", Level: dsr.ResourceGroup},
}

func nodes(p dsr.Plan) []string {
	var out []string
	for _, n := range p.Nodes {
		line := fmt.Sprintf("%d %s", n.Number, strings.Join(append([]string{n.Type}, n.Followers...), "+"))
		if n.Failed != nil {
			line += " failed"
		}
		out = append(out, line)
	}
	return out
}

func TestBuild(t *testing.T) {
	project := fanout.Found{Target: dsr.Target{
		Level:          dsr.Project,
		SubscriptionID: "s",
		ResourceGroup:  "g",
		Account:        "a",
		Workspace:      "w",
		Project:        "p",
	}}
	hosting := fanout.Found{Target: dsr.Target{
		Level:          dsr.HostingAccount,
		SubscriptionID: "s",
		ResourceGroup:  "g",
		Account:        "m",
	}}
	account := fanout.Found{Target: dsr.Target{
		Level:          dsr.ExperimentationAccount,
		SubscriptionID: "s",
		ResourceGroup:  "g",
		Account:        "a",
	}}
	computes := fanout.Found{Target: dsr.Target{
		Level:          dsr.MachineLearningWorkspace,
		SubscriptionID: "s",
		ResourceGroup:  "g",
		Workspace:      "w",
	}}
	clusters := fanout.Found{Target: dsr.Target{Level: dsr.ResourceGroup, SubscriptionID: "s", ResourceGroup: "g"}}
	missing := account
	missing.Failed = &dsr.Failure{Endpoint: "E27", Target: account.Target.ID(), Reason: dsr.ReasonTargetNotFound}
	tests := []struct {
		name  string
		wants []string
		found []fanout.Found
		nodes []string
	}{
		{"types that share a list are one node", nil, []fanout.Found{project}, []string{"1 projects", "2 runs+run-artifacts+artifacts"}},
		{"nodes are numbered over all targets", nil, []fanout.Found{hosting, account, project},
			[]string{"1 hosting-account", "2 models", "3 experimentation-account", "4 projects", "5 runs+run-artifacts+artifacts"}},
		{"a follower asked for alone brings its list along", []string{"artifacts"}, []fanout.Found{project}, []string{"1 artifacts"}},
		{"two followers without what they follow share it too", []string{"artifacts", "run-artifacts"}, []fanout.Found{project}, []string{"1 run-artifacts+artifacts"}},
		{"a type that is not asked for is left out", []string{"models"}, []fanout.Found{hosting, project}, []string{"1 models"}},
		{"a target that isn't there is one failed node", nil, []fanout.Found{missing}, []string{"1 experimentation-account failed"}},
		{"computes and clusters are nodes where they are", nil, []fanout.Found{computes, clusters}, []string{"1 computes", "2 operationalization-clusters"}},
		{"what is asked for one person is no node without one", []string{"notifications"}, []fanout.Found{project}, nil},
		{"a missing account is not reported under it either", []string{"notifications"}, []fanout.Found{missing}, nil},
		{"it is reported under a type that was asked for", []string{"runs"}, []fanout.Found{missing}, []string{"1 runs failed"}},
		{"it is left out where nothing below it was asked for", []string{"models"}, []fanout.Found{missing}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := dsr.Request{ID: "r", Kind: dsr.KindExport, ResourceTypes: tt.wants}
			p := fanout.Build(r, 1, tt.found, types, time.Unix(0, 0))
			if diff := cmp.Diff(tt.nodes, nodes(p)); diff != "" {
				t.Errorf("nodes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(p, fanout.Build(r, 1, tt.found, types, time.Unix(0, 0))); diff != "" {
				t.Errorf("a second plan of the same finds differs:\n%s", diff)
			}
		})
	}
}

func TestNotificationsAreANodeOfTheSubjectTheyAreAskedFor(t *testing.T) {
	project := fanout.Found{Target: dsr.Target{
		Level:          dsr.Project,
		SubscriptionID: "s",
		ResourceGroup:  "g",
		Account:        "a",
		Workspace:      "w",
		Project:        "p",
	}}
	for name, tt := range map[string]struct {
		subject *dsr.Subject
		nodes   []string
	}{
		"with an object id":    {&dsr.Subject{ObjectID: "o"}, []string{"1 notifications"}},
		"without an object id": {&dsr.Subject{UserPrincipalName: "ada@example.org"}, nil},
		"without a subject":    {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := dsr.Request{ID: "r", Subject: tt.subject, ResourceTypes: []string{"notifications"}}
			p := fanout.Build(r, 1, []fanout.Found{project}, types, time.Unix(0, 0))
			if diff := cmp.Diff(tt.nodes, nodes(p)); diff != "" {
				t.Errorf("nodes (-want +got):\n%s", diff)
			}

			said := slices.Contains(p.NotCovered, dsr.NotCovered{What: "E26", Why: "notApplicable"})
			if said != (tt.nodes == nil) {
				t.Errorf("not covered: %v", p.NotCovered)
			}
		})
	}
}

func TestAPlanSaysWhatItLeavesOut(t *testing.T) {
	r := dsr.Request{ID: "r", ResourceTypes: []string{"models"}, Scope: []dsr.Scope{
		{SubscriptionID: "s", ResourceGroup: "g", ModelManagementAccount: "m", OperationalizationClusters: true},
		{SubscriptionID: "S", ResourceGroup: "G"}, {SubscriptionID: "t"},
	}}

	var got []string
	for _, n := range fanout.Build(r, 1, nil, types[:3], time.Unix(0, 0)).NotCovered {
		got = append(got, n.What+" "+n.Why)
	}

	want := []string{
		"hosting-account notRequested", "experimentation-account notRequested",
		"experimentation accounts in /subscriptions/s/resourceGroups/g notInScope",
		"machine learning workspaces in /subscriptions/s/resourceGroups/g notInScope",
		"machine learning registries in /subscriptions/s/resourceGroups/g notInScope",
		"experimentation accounts in /subscriptions/t notInScope", "model management accounts in /subscriptions/t notInScope",
		"machine learning workspaces in /subscriptions/t notInScope", "machine learning registries in /subscriptions/t notInScope", "operationalization clusters in /subscriptions/t notInScope",
		"telemetry exportedByAzurePrivacyPortal",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("not covered (-want +got):\n%s", diff)
	}
}

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

var rows = dsr.SortDeletions([]dsr.DeletionType{
	{ID: "D01", Type: "hosting-account", Level: dsr.HostingAccount, Container: true},
	{ID: "D02", Type: "models", Level: dsr.HostingAccount},
	{ID: "D06", Type: "projects", Level: dsr.Project, Container: true},
	{ID: "D07", Type: "workspaces", Level: dsr.Workspace, Container: true},
	{ID: "D08", Type: "experimentation-account", Level: dsr.ExperimentationAccount, Container: true},
})

// found returns a hosting account, and an experimentation account with two workspaces of
// one project each.
func found() []fanout.Found {
	in := func(level dsr.Level, account, workspace, project string) fanout.Found {
		return fanout.Found{Target: dsr.Target{
			Level:          level,
			SubscriptionID: "s",
			ResourceGroup:  "g",
			Account:        account,
			Workspace:      workspace,
			Project:        project,
		}}
	}
	return []fanout.Found{
		in(dsr.HostingAccount, "h", "", ""), in(dsr.ExperimentationAccount, "a", "", ""),
		in(dsr.Workspace, "a", "w1", ""), in(dsr.Project, "a", "w1", "p1"), in(dsr.Workspace, "a", "w2", ""), in(dsr.Project, "a", "w2", "p2"),
	}
}

// deleting returns what a plan's nodes delete, and after which others.
func deleting(p dsr.Plan) []string {
	short := func(n dsr.Node) string {
		typ, _ := dsr.Deletes(n.Type)
		return typ + " " + n.Target[strings.LastIndexByte(n.Target, '/')+1:]
	}

	var out []string
	for _, n := range p.Nodes {
		if !n.Deletes() {
			continue
		}

		line := short(n)
		for before := range n.After.All() {
			line += fmt.Sprintf(", after %s", short(p.Nodes[before-1]))
		}
		if n.Failed != nil {
			line += ", " + n.Failed.Reason
		}

		out = append(out, line)
	}

	return out
}

func TestOnlyWhatIsAskedForWholeIsDeletedWhole(t *testing.T) {
	team := func(workspaces ...dsr.WorkspaceScope) dsr.Scope {
		return dsr.Scope{
			SubscriptionID:         "S",
			ResourceGroup:          "g",
			ExperimentationAccount: "A",
			Workspaces:             workspaces,
		}
	}
	hosting := dsr.Scope{SubscriptionID: "s", ResourceGroup: "G", ModelManagementAccount: "H"}
	elsewhere := []dsr.Scope{
		{SubscriptionID: "s-2", ResourceGroup: "g", ExperimentationAccount: "a", ModelManagementAccount: "h"},
		{SubscriptionID: "s", ResourceGroup: "g-2", ExperimentationAccount: "a", ModelManagementAccount: "h"},
		{SubscriptionID: "s", ResourceGroup: "g", ExperimentationAccount: "h", ModelManagementAccount: "a"},
	}
	for name, tt := range map[string]struct {
		scope []dsr.Scope
		wants []string
		want  []string
	}{
		"all of two accounts": {[]dsr.Scope{hosting, team()}, nil, []string{
			"models h", "hosting-account h, after models h", "projects p1", "projects p2",
			"workspaces w1, after projects p1", "workspaces w2, after projects p2",
			"experimentation-account a, after projects p1, after projects p2, after workspaces w1, after workspaces w2",
		}},
		"a workspace":                       {[]dsr.Scope{team(dsr.WorkspaceScope{Name: "W1"})}, nil, []string{"models h", "projects p1", "workspaces w1, after projects p1"}},
		"a project":                         {[]dsr.Scope{team(dsr.WorkspaceScope{Name: "w2", Projects: []string{"P2"}})}, nil, []string{"models h", "projects p2"}},
		"places of the same name elsewhere": {elsewhere, nil, []string{"models h"}},
		"a type that is no container":       {[]dsr.Scope{hosting, team()}, []string{"models"}, []string{"models h"}},
		"one container":                     {[]dsr.Scope{hosting, team()}, []string{"workspaces"}, []string{"workspaces w1", "workspaces w2"}},
	} {
		r := dsr.Request{Kind: dsr.KindDelete, Scope: tt.scope, ResourceTypes: tt.wants}
		for _, f := range found() {
			r.Confirm = append(r.Confirm, strings.ToUpper(f.Target.ID()))
		}
		got := deleting(fanout.BuildDeletion(r, 1, found(), types, rows, time.Time{}))
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestWhatIsNotConfirmedOrNotFoundIsNotDeleted(t *testing.T) {
	places := found()[:2]
	places[1].Failed = &dsr.Failure{Reason: dsr.ReasonTargetNotFound}
	r := dsr.Request{Kind: dsr.KindDelete, Scope: []dsr.Scope{{SubscriptionID: "s", ResourceGroup: "g", ExperimentationAccount: "a", ModelManagementAccount: "h"}}}
	got := deleting(fanout.BuildDeletion(r, 1, places, types, rows, time.Time{}))
	want := []string{"models h, ConfirmationMissing", "hosting-account h, after models h, ConfirmationMissing"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Reading covers what is asked for and what is in a container to be deleted, and nothing
// else.
func TestWhatAContainerTakesAlongIsReadFirst(t *testing.T) {
	for name, tt := range map[string]struct {
		kind  string
		wants []string
		reads []string
	}{
		"projects":           {dsr.KindDelete, []string{"projects"}, []string{"projects", "runs", "notifications"}},
		"workspaces":         {dsr.KindDelete, []string{"workspaces"}, []string{"workspaces", "projects", "runs", "notifications"}},
		"a hosting account":  {dsr.KindDelete, []string{"hosting-account"}, []string{"hosting-account", "models"}},
		"models":             {dsr.KindDelete, []string{"models"}, []string{"models"}},
		"nothing deletes it": {dsr.KindDelete, []string{"models", "computes"}, []string{"models"}},
		"but it is exported": {dsr.KindExportThenDelete, []string{"models", "computes"}, []string{"models", "computes"}},
	} {
		computes := fanout.Found{Target: dsr.Target{
			Level:          dsr.MachineLearningWorkspace,
			SubscriptionID: "s",
			ResourceGroup:  "g",
			Workspace:      "ml",
		}}
		r := dsr.Request{
			Kind:          tt.kind,
			ResourceTypes: tt.wants,
			Subject:       &dsr.Subject{ObjectID: "o"},
			Scope:         []dsr.Scope{{SubscriptionID: "s", ResourceGroup: "g"}},
			EraseExports:  true,
		}
		p := fanout.BuildDeletion(r, 1, append(found(), computes), types, rows, time.Time{})
		var reads []string
		for _, n := range p.Nodes {
			if !n.Waits() && !slices.Contains(reads, n.Type) {
				reads = append(reads, n.Type)
			}
		}

		slices.Sort(reads)
		slices.Sort(tt.reads)

		if diff := cmp.Diff(tt.reads, reads); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}

		last := p.Nodes[len(p.Nodes)-1]
		if last.Type != dsr.EraseExports || slices.ContainsFunc(slices.Collect(last.After.All()), func(n int) bool { return !p.Nodes[n-1].Deletes() }) {
			t.Errorf("%s: the last node is %+v", name, last)
		}

		unread := dsr.NotCovered{What: "computes", Why: "notDeletable"}
		if slices.Contains(p.NotCovered, unread) != slices.Contains(tt.wants, "computes") {
			t.Errorf("%s: not covered %+v", name, p.NotCovered)
		}
	}
}

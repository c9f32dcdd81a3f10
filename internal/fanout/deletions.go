package fanout

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"azureml-dsr/internal/dsr"
)

// DeletionType is what planning needs to know of a row of deletions.
type DeletionType struct {
	ID        string // D01 … D08
	Type      string // of what is deleted
	Reads     string // the row that reads it
	Level     dsr.Level
	Container bool // takes along what is in it
}

// inOrder is the order of dependencies: what uses a thing goes before it, and
// what is in a container before the container.
var inOrder = []string{"services", "images", "manifests", "models", "hosting-account", "projects", "workspaces", "experimentation-account"}

// InOrder puts rows in the order of their dependencies.
func InOrder(rows []DeletionType) []DeletionType {
	return slices.SortedFunc(slices.Values(rows), func(a, b DeletionType) int {
		return cmp.Compare(slices.Index(inOrder, a.Type), slices.Index(inOrder, b.Type))
	})
}

// maxNamedIDs is how many ids a refusal names.
const maxNamedIDs = 5

// confirmed tells whether a request confirms a container.
func confirmed(r dsr.Request, id string) bool {
	return slices.ContainsFunc(r.Confirm, func(c string) bool { return strings.EqualFold(c, id) })
}

// checkConfirmed refuses a request that names a container to be deleted, or one
// that holds documents to be deleted, without confirming it. What discovery
// finds later is checked when it is found.
func checkConfirmed(r dsr.Request, rows []DeletionType) error {
	var missing []string
	for _, t := range namedTargets(r) {
		if deletesAny(r, t, rows) && !confirmed(r, t.ID()) && !slices.Contains(missing, t.ID()) {
			missing = append(missing, t.ID())
		}
	}
	if len(missing) == 0 {
		return nil
	}
	more := ""
	if n := len(missing) - maxNamedIDs; n > 0 {
		missing, more = missing[:maxNamedIDs], fmt.Sprintf(" and %d more", n)
	}
	return dsr.Errorf(dsr.Permanent, dsr.ReasonConfirmationMissing,
		"/confirm: name the full ARM id of each container to be deleted, or whose documents are; missing %s%s", strings.Join(missing, ", "), more)
}

// namedTargets gives the targets that a request names.
func namedTargets(r dsr.Request) []dsr.Target {
	var targets []dsr.Target
	for _, s := range r.Scope {
		if s.ModelManagementAccount != "" {
			targets = append(targets, hosting(s))
		}
		if s.ExperimentationAccount == "" {
			continue
		}
		account := experimentation(s)
		targets = append(targets, account)
		for _, w := range s.Workspaces {
			t := account
			t.Level, t.Workspace = dsr.Workspace, w.Name
			targets = append(targets, t)
			for _, p := range w.Projects {
				t.Level, t.Project = dsr.Project, p
				targets = append(targets, t)
			}
		}
	}
	return targets
}

func deletesAny(r dsr.Request, t dsr.Target, rows []DeletionType) bool {
	return slices.ContainsFunc(rows, func(row DeletionType) bool { return deletes(r, t, row) })
}

// deletes tells whether a request deletes what a row says in a target. An account
// of which only some workspaces are named is not deleted, nor a workspace of
// which only some projects are.
func deletes(r dsr.Request, t dsr.Target, row DeletionType) bool {
	return row.Level == t.Level && r.Wants(row.Type) && (!row.Container || asksForAll(r.Scope, t))
}

// asksForAll tells whether some entry of a scope asks for all that is in a
// target.
func asksForAll(scope []dsr.Scope, t dsr.Target) bool {
	same := strings.EqualFold
	for _, s := range scope {
		if !same(s.SubscriptionID, t.SubscriptionID) || !same(s.ResourceGroup, t.ResourceGroup) {
			continue
		}
		if t.Level == dsr.HostingAccount {
			if same(s.ModelManagementAccount, t.Account) {
				return true
			}
			continue
		}
		if !same(s.ExperimentationAccount, t.Account) {
			continue
		}
		if len(s.Workspaces) == 0 {
			return true
		}
		for _, w := range s.Workspaces {
			if t.Level == dsr.ExperimentationAccount || !same(w.Name, t.Workspace) {
				continue
			}
			if len(w.Projects) == 0 || t.Level == dsr.Project && slices.ContainsFunc(w.Projects, func(p string) bool { return same(p, t.Project) }) {
				return true
			}
		}
	}
	return false
}

// inventoried gives the request whose reading shows what deletions would take
// along: all that is in a container that is to be deleted.
func inventoried(r dsr.Request, types []ResourceType, rows []DeletionType) dsr.Request {
	if len(r.ResourceTypes) == 0 {
		return r
	}
	wanted := slices.Clone(r.ResourceTypes)
	for _, row := range rows {
		if !row.Container || !r.Wants(row.Type) {
			continue
		}
		for _, t := range types {
			if inside(t.Level, row.Level) && !slices.Contains(wanted, t.Name) {
				wanted = append(wanted, t.Name)
			}
		}
	}
	r.ResourceTypes = wanted
	return r
}

// inside tells whether what lives at a level is in a container of another.
func inside(level, container dsr.Level) bool {
	switch container {
	case dsr.ExperimentationAccount, dsr.Workspace:
		return level >= container && level <= dsr.Project
	case dsr.MachineLearningWorkspace:
		return level == container || level == dsr.MachineLearningExperiment || level == dsr.FeatureSet
	default:
		return level == container
	}
}

// BuildDeletion makes the plan of a request that deletes: first what is read,
// then what is deleted, each node after those that it depends on. rows are in the
// order of their dependencies.
func BuildDeletion(r dsr.Request, attempt int, found []Found, types []ResourceType, rows []DeletionType, now time.Time) dsr.Plan {
	readable := types
	if r.Kind == dsr.KindDelete {
		readable = deletable(types, rows)
	}
	p := Build(inventoried(r, readable, rows), attempt, found, readable, now)
	if r.Kind == dsr.KindExportThenDelete && len(p.Nodes) > 0 {
		n := p.Nodes[0]
		p.Nodes = append(p.Nodes, dsr.Node{Number: len(p.Nodes) + 1, Type: dsr.ReadBack, Followers: []string{}, Target: n.Target, Location: n.Location, API: n.API})
	}
	addDeletions(&p, r, found, rows)
	if r.EraseExports && len(p.Nodes) > 0 {
		last := p.Nodes[len(p.Nodes)-1]
		n := dsr.Node{Number: last.Number + 1, Type: dsr.EraseExports, Followers: []string{}, Target: last.Target, Location: last.Location, API: last.API}
		for before := range last.Number {
			if p.Nodes[before].Deletes() {
				n.After = append(n.After, before+1)
			}
		}
		p.Nodes = append(p.Nodes, n)
	}
	for _, t := range types {
		if r.Wants(t.Name) && !slices.ContainsFunc(deletable(types, rows), func(d ResourceType) bool { return d.Name == t.Name }) {
			p.NotCovered = append(p.NotCovered, dsr.NotCovered{What: t.Name, Why: "notDeletable"})
		}
	}
	return p
}

// withoutDeleted leaves out the targets that are not there because an earlier
// attempt has deleted them: what is left is planned anew, to be approved anew.
func (i *Intake) withoutDeleted(ctx context.Context, a dsr.Attempt, found []Found) ([]Found, error) {
	deleted := map[string]bool{}
	for before := a.Before(); before.Number > 0; before = before.Before() {
		m, _, _, err := i.Ledger.Manifest(ctx, before)
		if err != nil {
			return nil, err
		}
		for d, err := range i.Ledger.Deletions(ctx, before, m) {
			if err != nil {
				return nil, err
			}
			if d.Outcome == dsr.OutcomeDeleted || d.Outcome == dsr.OutcomeAlreadyGone {
				deleted[strings.ToLower(d.Item)] = true // a container's item is its ARM id
			}
		}
	}
	return slices.DeleteFunc(found, func(f Found) bool {
		return f.Failed != nil && f.Failed.Reason == dsr.ReasonTargetNotFound && deleted[strings.ToLower(f.Target.ID())]
	}), nil
}

// deletable gives the types that rows delete, one by one or with a container.
func deletable(types []ResourceType, rows []DeletionType) []ResourceType {
	return slices.DeleteFunc(slices.Clone(types), func(t ResourceType) bool {
		return !slices.ContainsFunc(rows, func(row DeletionType) bool {
			return row.Type == t.Name || row.Container && inside(t.Level, row.Level)
		})
	})
}

// addDeletions adds the nodes that delete, in the order of their dependencies:
// rows are in that order, and what is in a container goes before it.
func addDeletions(p *dsr.Plan, r dsr.Request, found []Found, rows []DeletionType) {
	for _, row := range rows {
		for _, f := range found {
			if f.Failed != nil || !deletes(r, f.Target, row) {
				continue
			}
			n := dsr.Node{
				Number: len(p.Nodes) + 1, Type: dsr.DeleteType(row.Type), Followers: []string{},
				Target: f.Target.ID(), Location: f.Target.Location, After: deletedBefore(p.Nodes, f.Target.ID()),
			}
			if !confirmed(r, n.Target) {
				n.Failed = &dsr.Failure{
					Endpoint: row.ID, Target: n.Target, Reason: dsr.ReasonConfirmationMissing,
					Error: "nothing is deleted: add the target's ARM id to /confirm and send the request under a new id",
				}
			}
			p.Nodes = append(p.Nodes, n)
		}
	}
}

// deletedBefore gives the nodes that delete in a target, and so come before what
// is deleted of it now.
func deletedBefore(nodes []dsr.Node, target string) []int {
	var before []int
	for _, n := range nodes {
		if n.Deletes() && dsr.InScope(n.Target, target) {
			before = append(before, n.Number)
		}
	}
	return before
}

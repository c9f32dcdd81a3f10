package fanout

import (
	"fmt"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

// maxNamedIDs is how many ids a refusal names.
const maxNamedIDs = 5

// confirmed reports whether a request confirms a container.
func confirmed(r dsr.Request, id string) bool {
	return slices.ContainsFunc(r.Confirm, func(c string) bool { return strings.EqualFold(c, id) })
}

// checkConfirmed refuses a request that names a container to be deleted, or one
// that holds documents to be deleted, without confirming it. What discovery
// finds later is checked when it is found.
func checkConfirmed(r dsr.Request, rows []dsr.DeletionType) error {
	rows = deletedBy(r, rows)
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

// namedTargets returns the targets that a request names.
func namedTargets(r dsr.Request) []dsr.Target {
	var targets []dsr.Target
	for _, s := range r.Scope {
		targets = append(targets, namedML(s)...)
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

// namedML returns the machine learning workspaces and registries that a scope entry
// names.
func namedML(s dsr.Scope) []dsr.Target {
	var targets []dsr.Target
	for _, name := range s.MachineLearningWorkspaces {
		targets = append(targets, mlTarget(s, dsr.MachineLearningWorkspace, name))
	}
	for _, name := range s.Registries {
		targets = append(targets, mlTarget(s, dsr.Registry, name))
	}
	return slices.DeleteFunc(targets, func(t dsr.Target) bool { return t.Workspace == everything || t.Name == everything })
}

func deletesAny(r dsr.Request, t dsr.Target, rows []dsr.DeletionType) bool {
	return slices.ContainsFunc(rows, func(row dsr.DeletionType) bool { return deletes(r, t, row) })
}

// deletes reports whether a request deletes what a row says in a target. An account
// of which only some workspaces are named is not deleted, nor a workspace of
// which only some projects are.
func deletes(r dsr.Request, t dsr.Target, row dsr.DeletionType) bool {
	return row.Level == t.Level && r.Wants(row.Type) && (!row.Container || asksForAll(r.Scope, t))
}

// asksForAll reports whether some entry of a scope asks for all that is in a
// target.
func asksForAll(scope []dsr.Scope, t dsr.Target) bool {
	same := strings.EqualFold
	for _, s := range scope {
		if !same(s.SubscriptionID, t.SubscriptionID) || (s.ResourceGroup != "" && !same(s.ResourceGroup, t.ResourceGroup)) {
			continue
		}

		switch t.Level {
		case dsr.HostingAccount:
			if same(s.ModelManagementAccount, t.Account) {
				return true
			}
			continue

		case dsr.MachineLearningWorkspace:
			if namesAny(s.MachineLearningWorkspaces, t.Workspace) {
				return true
			}
			continue

		case dsr.Registry:
			if namesAny(s.Registries, t.Name) {
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
			if len(w.Projects) == 0 || (t.Level == dsr.Project && slices.ContainsFunc(w.Projects, func(p string) bool { return same(p, t.Project) })) {
				return true
			}
		}
	}
	return false
}

// namesAny reports whether a list of a scope names something, or everything.
func namesAny(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return n == everything || strings.EqualFold(n, name) })
}

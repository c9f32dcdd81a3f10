package fanout

import (
	"fmt"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

// maxNamedPlaces bounds the places of a request that a refusal names.
const maxNamedPlaces = 5

// confirmed reports whether a request confirms a container by its ARM id.
func confirmed(r dsr.Request, id string) bool {
	return slices.ContainsFunc(r.Confirm, func(c string) bool { return strings.EqualFold(c, id) })
}

// checkConfirmed refuses a request that deletes a container, or documents in one, without
// confirming the container. It checks what the request names. The plan checks what
// discovery finds. The refusal says where in the request the containers are: their ids have
// names in them, and it becomes a dead-letter description.
func checkConfirmed(r dsr.Request, rows []dsr.DeletionType) error {
	var missing []string
	for _, t := range unconfirmed(r, rows) {
		missing = append(missing, t.at)
	}
	if len(missing) == 0 {
		return nil
	}

	more := ""
	if n := len(missing) - maxNamedPlaces; n > 0 {
		missing, more = missing[:maxNamedPlaces], fmt.Sprintf(" and %d more", n)
	}

	return dsr.Errorf(dsr.Permanent, dsr.ReasonConfirmationMissing,
		"/confirm: name the full ARM id of each container to be deleted, or whose documents are; missing are those of %s%s", strings.Join(missing, ", "), more)
}

// unconfirmed returns the containers that a request names and would have to confirm.
func unconfirmed(r dsr.Request, rows []dsr.DeletionType) (missing []namedTarget) {
	rows = deletedBy(r, rows)
	for _, t := range namedTargets(r) {
		if deletesAny(r, t.Target, rows) && !confirmed(r, t.ID()) {
			missing = append(missing, t)
		}
	}
	return missing
}

// Unconfirmed returns the full ARM ids of the containers that a request names and would have
// to confirm. What discovery finds is not among them.
func (i *Intake) Unconfirmed(p Parsed) []string {
	var ids []string
	for _, t := range unconfirmed(p.Request, i.Deletions) {
		ids = append(ids, t.ID())
	}
	return ids
}

// namedTarget is a target that a request names, and where, as a JSON Pointer.
type namedTarget struct {
	dsr.Target
	at string
}

// namedTargets returns the targets that a request names.
func namedTargets(r dsr.Request) []namedTarget {
	var targets []namedTarget
	for i, s := range r.Scope {
		at := r.ScopePath(i) + "/"
		targets = append(targets, namedML(s, at)...)
		if s.ModelManagementAccount != "" {
			targets = append(targets, namedTarget{hosting(s), at + "modelManagementAccount"})
		}

		if s.ExperimentationAccount == "" {
			continue
		}

		account := experimentation(s)
		targets = append(targets, namedTarget{account, at + "experimentationAccount"})
		for j, w := range s.Workspaces {
			t := account
			t.Level, t.Workspace = dsr.Workspace, w.Name
			in := fmt.Sprintf("%sworkspaces/%d", at, j)
			targets = append(targets, namedTarget{t, in})
			for k, p := range w.Projects {
				t.Level, t.Project = dsr.Project, p
				targets = append(targets, namedTarget{t, fmt.Sprintf("%s/projects/%d", in, k)})
			}
		}
	}
	return targets
}

// namedML returns the machine learning workspaces and registries that a scope entry names.
func namedML(s dsr.Scope, at string) []namedTarget {
	var targets []namedTarget
	for i, name := range s.MachineLearningWorkspaces {
		t := mlTarget(s, dsr.MachineLearningWorkspace, name)
		targets = append(targets, namedTarget{t, fmt.Sprintf("%smachineLearningWorkspaces/%d", at, i)})
	}
	for i, name := range s.Registries {
		t := mlTarget(s, dsr.Registry, name)
		targets = append(targets, namedTarget{t, fmt.Sprintf("%sregistries/%d", at, i)})
	}
	return slices.DeleteFunc(targets, func(t namedTarget) bool { return t.Workspace == everything || t.Name == everything })
}

// deletesAny reports whether a request deletes anything in a target.
func deletesAny(r dsr.Request, t dsr.Target, rows []dsr.DeletionType) bool {
	return slices.ContainsFunc(rows, func(row dsr.DeletionType) bool { return deletes(r, t, row) })
}

// deletes reports whether a request deletes a row's type in a target. An account is not
// deleted when the scope names only some of its workspaces, nor a workspace when the scope
// names only some of its projects.
func deletes(r dsr.Request, t dsr.Target, row dsr.DeletionType) bool {
	return row.Level == t.Level && r.Wants(row.Type) && (!row.Container || asksForAll(r.Scope, t))
}

// asksForAll reports whether some entry of a scope asks for all that is in a target.
func asksForAll(scope []dsr.Scope, t dsr.Target) bool {
	return slices.ContainsFunc(scope, func(s dsr.Scope) bool { return surrounds(s, t) && coversAll(s, t) })
}

// surrounds reports whether a target is in the subscription and the resource group of a
// scope entry.
func surrounds(s dsr.Scope, t dsr.Target) bool {
	inGroup := s.ResourceGroup == "" || strings.EqualFold(s.ResourceGroup, t.ResourceGroup)
	return inGroup && strings.EqualFold(s.SubscriptionID, t.SubscriptionID)
}

// coversAll reports whether a scope entry names a target without naming only a part of it.
func coversAll(s dsr.Scope, t dsr.Target) bool {
	switch t.Level {
	case dsr.HostingAccount:
		return strings.EqualFold(s.ModelManagementAccount, t.Account)
	case dsr.MachineLearningWorkspace:
		return namesAny(s.MachineLearningWorkspaces, t.Workspace)
	case dsr.Registry:
		return namesAny(s.Registries, t.Name)
	default:
		return strings.EqualFold(s.ExperimentationAccount, t.Account) && coversAllBelow(s.Workspaces, t)
	}
}

// coversAllBelow reports the same of the workspaces that a scope entry names in an
// experimentation account. None means all of the account.
func coversAllBelow(workspaces []dsr.WorkspaceScope, t dsr.Target) bool {
	if len(workspaces) == 0 {
		return true
	}
	if t.Level == dsr.ExperimentationAccount {
		return false
	}

	return slices.ContainsFunc(workspaces, func(w dsr.WorkspaceScope) bool {
		if !strings.EqualFold(w.Name, t.Workspace) {
			return false
		}
		namesProject := t.Level == dsr.Project &&
			slices.ContainsFunc(w.Projects, func(p string) bool { return strings.EqualFold(p, t.Project) })
		return len(w.Projects) == 0 || namesProject
	})
}

// namesAny reports whether a list of a scope contains a name, or the wildcard.
func namesAny(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return n == everything || strings.EqualFold(n, name) })
}

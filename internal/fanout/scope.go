package fanout

import (
	"strings"

	"azureml-dsr/internal/dsr"
)

// AllowedScopes are ARM id prefixes that requests must stay within. A prefix covers whole
// segments, in any case. None allow everything.
type AllowedScopes []string

// Check refuses a request that reaches outside. The error is of class Permanent and names
// the entry of its scope.
func (a AllowedScopes) Check(r dsr.Request) error {
	if len(a) == 0 {
		return nil
	}
	for i, s := range r.Scope {
		for _, id := range armIDs(s) {
			if !a.allow(id) {
				return dsr.Errorf(dsr.Permanent, dsr.ReasonScopeNotAllowed,
					"%s: reaches outside of what DSR_ALLOWED_SCOPES allows; ask for less, or have the operator add it", r.ScopePath(i))
			}
		}
	}
	return nil
}

func (a AllowedScopes) allow(id string) bool {
	id = strings.ToLower(id) + "/"
	for _, prefix := range a {
		if strings.HasPrefix(id, strings.ToLower(strings.TrimSuffix(prefix, "/"))+"/") {
			return true
		}
	}
	return false
}

// armIDs returns the ARM ids of what a scope entry names.
func armIDs(s dsr.Scope) []string {
	var ids []string
	if s.ModelManagementAccount != "" {
		ids = append(ids, hosting(s).ID())
	}
	if s.ExperimentationAccount != "" {
		ids = append(ids, experimentation(s).ID())
	}

	ids = append(ids, mlIDs(s, dsr.MachineLearningWorkspace, s.MachineLearningWorkspaces)...)
	ids = append(ids, mlIDs(s, dsr.Registry, s.Registries)...)
	if s.OperationalizationClusters || len(ids) == 0 {
		ids = append(ids, where(s))
	}

	return ids
}

// where returns the ARM id of the subscription or resource group of a scope entry.
func where(s dsr.Scope) string {
	if s.ResourceGroup == "" {
		return "/subscriptions/" + s.SubscriptionID
	}
	return group(s).ID()
}

// group returns the resource group of a scope entry, or its subscription where it names
// none.
func group(s dsr.Scope) dsr.Target {
	return dsr.Target{Level: dsr.ResourceGroup, SubscriptionID: s.SubscriptionID, ResourceGroup: s.ResourceGroup}
}

// mlTarget returns a machine learning workspace or a registry of a scope entry, by its
// name.
func mlTarget(s dsr.Scope, level dsr.Level, name string) dsr.Target {
	t := group(s)
	t.Level = level
	if level == dsr.Registry {
		t.Name = name
	} else {
		t.Workspace = name
	}
	return t
}

// mlIDs returns the ARM ids of the workspaces or registries that a scope entry names. The
// wildcard reaches as far as the entry's resource group or subscription.
func mlIDs(s dsr.Scope, level dsr.Level, names []string) []string {
	ids := make([]string, len(names))
	for i, name := range names {
		if name == everything {
			ids[i] = where(s)
		} else {
			ids[i] = mlTarget(s, level, name).ID()
		}
	}
	return ids
}

// hosting returns the model management account of a scope entry.
func hosting(s dsr.Scope) dsr.Target {
	return dsr.Target{
		Level:          dsr.HostingAccount,
		SubscriptionID: s.SubscriptionID,
		ResourceGroup:  s.ResourceGroup,
		Location:       s.Location,
		Account:        s.ModelManagementAccount,
	}
}

// experimentation returns the experimentation account of a scope entry.
func experimentation(s dsr.Scope) dsr.Target {
	return dsr.Target{
		Level:          dsr.ExperimentationAccount,
		SubscriptionID: s.SubscriptionID,
		ResourceGroup:  s.ResourceGroup,
		Location:       s.Location,
		Account:        s.ExperimentationAccount,
	}
}

package dsr

import (
	"maps"
	"regexp"
	"slices"
)

// ScopeNames are the places that an installation has named, so that a sender of requests
// needs no subscription id.
type ScopeNames struct {
	// Places are what each name stands for.
	Places map[string][]Scope
	// Default is the name that a request without a scope stands for; "" for none.
	Default string
}

// Names returns all names in order.
func (n ScopeNames) Names() []string { return slices.Sorted(maps.Keys(n.Places)) }

const maxScopeName = 64

var scopeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// ValidScopeName reports whether a text may name a scope.
func ValidScopeName(s string) bool { return len(s) <= maxScopeName && scopeName.MatchString(s) }

// EveryPlace stands alone among a scope's machine learning workspaces or registries, and
// means all that there are.
const EveryPlace = "*"

// FaultOfPlaces returns what is wrong with the machine learning workspaces and registries
// of a scope, and where in it, "" for nothing: they are neither the wildcard alone nor named
// in a resource group.
func (s Scope) FaultOfPlaces() string {
	for _, named := range []struct {
		member string
		names  []string
	}{{"machineLearningWorkspaces", s.MachineLearningWorkspaces}, {"registries", s.Registries}} {
		all := slices.Contains(named.names, EveryPlace)
		switch {
		case all && len(named.names) > 1:
			return "/" + named.member + `: "*" means all and stands alone`
		case !all && len(named.names) > 0 && s.ResourceGroup == "":
			return ": " + named.member + ` needs resourceGroup beside it, unless it is ["*"]`
		}
	}
	return ""
}

// NamedScope is a name in the scope of a request. What it stands for was looked up once and
// is recorded: entries of the scope, from First on.
type NamedScope struct {
	Name    string `json:"name"`
	First   int    `json:"first"`
	Entries int    `json:"entries"`
	// Default means that the request has no scope, and the name is that of
	// DSR_DEFAULT_SCOPE.
	Default bool `json:"default,omitempty"`
}

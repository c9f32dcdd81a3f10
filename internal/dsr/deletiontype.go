package dsr

import (
	"cmp"
	"slices"
	"strings"
)

// DeletionType is what planning needs to know of a row of deletions.
type DeletionType struct {
	ID        string // D01 … D08, DW…
	Type      string // of what is deleted
	Reads     string // the row that reads it
	Level     Level
	Container bool // takes along what is in it
	// After names the types of the same place that go before; nil is all that comes
	// before.
	After []string
	// Inner is the level of the targets that the items are; LevelNone for others.
	Inner Level
	// ItemsOf is the type whose items are deleted, where that is another.
	ItemsOf string
	// Personal says that a thing may be one person's own among those of others, and
	// Joins names the row that tells more surely whose, JoinedType the type of that.
	Personal          bool
	Joins, JoinedType string
	// Takes names the types whose items hang on those of the row and go with them.
	Takes []string
}

// deletionOrder is the order of dependencies: what uses a thing goes before it, and
// what is in a container before the container. Rows of other types follow in their
// own order.
var deletionOrder = []string{"services", "images", "manifests", "models", "hosting-account", "projects", "workspaces", "experimentation-account"}

// SortDeletions puts rows in the order of their dependencies.
func SortDeletions(rows []DeletionType) []DeletionType {
	rank := func(r DeletionType) int {
		if i := slices.Index(deletionOrder, r.Type); i >= 0 {
			return i
		}
		return len(deletionOrder)
	}
	return slices.SortedStableFunc(slices.Values(rows), func(a, b DeletionType) int { return cmp.Compare(rank(a), rank(b)) })
}

// NodeKey identifies a node among several plans: by its type and its target, regardless
// of case.
func NodeKey(typ, target string) string { return strings.ToLower(typ + " " + target) }

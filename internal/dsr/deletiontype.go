package dsr

import (
	"cmp"
	"slices"
	"strings"
)

// DeletionType is what planning needs to know of a row that deletes.
type DeletionType struct {
	ID        string // D01 … D08, DW…
	Type      string // of what is deleted
	Reads     string // the row that reads it
	Level     Level
	Container bool // deleting it deletes what is in it
	// After names the types of the same place that are deleted before; nil means all
	// types that precede this one.
	After []string
	// Inner is the level of the targets that the items are; LevelNone where they are
	// none.
	Inner Level
	// ItemsOf is the type whose items are deleted, where that is another.
	ItemsOf string
	// Personal marks a type of which each thing may be one person's own.
	Personal bool
	// Joins names the row whose documents say more reliably whose a thing is, and
	// JoinedType the type of that row; "" for none.
	Joins, JoinedType string
	// Takes names the types whose items hang on those of the row and go with them.
	Takes []string
}

// deletionOrder is the order of dependencies: a thing is deleted after what uses it, and
// a container after what is in it. Rows of other types follow in the order in which they
// are given.
var deletionOrder = []string{"services", "images", "manifests", "models", "hosting-account", "projects", "workspaces", "experimentation-account"}

// SortDeletions returns rows in the order of their dependencies.
func SortDeletions(rows []DeletionType) []DeletionType {
	rank := func(r DeletionType) int {
		if i := slices.Index(deletionOrder, r.Type); i >= 0 {
			return i
		}
		return len(deletionOrder)
	}
	return slices.SortedStableFunc(slices.Values(rows), func(a, b DeletionType) int { return cmp.Compare(rank(a), rank(b)) })
}

// NodeKey identifies a node across plans, by its type and its target, regardless of case.
func NodeKey(typ, target string) string { return strings.ToLower(typ + " " + target) }

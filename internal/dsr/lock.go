package dsr

import "strings"

// Lock is a lock of Microsoft.Authorization that forbids the deletion of what it is on, of
// all in it, and of all that holds it.
type Lock struct {
	Name  string `json:"name"`
	Level string `json:"level"` // CanNotDelete or ReadOnly
	Scope string `json:"scope"` // ARM id of what it is on
}

// StopsDeletions reports whether the lock is of a level that forbids deletions.
func (l Lock) StopsDeletions() bool {
	return strings.EqualFold(l.Level, "CanNotDelete") || strings.EqualFold(l.Level, "ReadOnly")
}

// Stops reports whether the lock forbids what a stage does by the place of the stage: the
// lock is on the stage's target or on what holds that, or in a container that is deleted.
func (l Lock) Stops(d Deletions) bool {
	return InScope(d.Target, l.Scope) || (d.Container && InScope(l.Scope, d.Target))
}

// StopsThing reports whether the lock is on a thing, which the path of its DELETE names, or
// on something in the thing.
func (l Lock) StopsThing(path string) bool { return InScope(path, l.Scope) || InScope(l.Scope, path) }

// String returns the lock as a person looks for it.
func (l Lock) String() string { return l.Name + " (" + l.Level + ") on " + l.Scope }

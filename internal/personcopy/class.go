package personcopy

import (
	"strings"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// Class says whose a document is.
type Class string

// The classes. Only what is Own goes into the copy.
const (
	// Own is a document that says by an id that the subject made it or is its user, or that
	// belongs to such a one.
	Own Class = "own"
	// Others is a document that names somebody else as its owner.
	Others Class = "others"
	// Shared is a container that several people work in, such as a workspace.
	Shared Class = "shared"
	// Unattributed is a document that doesn't say whose it is, or says it only by a
	// display name, which namesakes share.
	Unattributed Class = "unattributed"
	// Unreadable is a document that is not JSON, in which nobody can be found.
	Unreadable Class = "unreadable"
)

// sharedTypes are the resource types that hold the work of several people.
var sharedTypes = map[string]bool{
	"hosting-account":         true,
	"experimentation-account": true,
	"workspaces":              true,
	"projects":                true,
	"experiments":             true,
	"ml-workspaces":           true,
	"ml-experiments":          true,
	"ml-registries":           true,
}

// classify returns whose a unit is. An id decides; then what the items say that it is the
// same as, or belongs to. A display name alone makes nothing the subject's, nor does a sign-in
// name that only documents say is the subject's: it may have been given to somebody new.
func classify(u unit, s *dsr.Subject, o *owned, p *People) Class {
	owner, named := azureml.OwnerAndNamed(u.op, u.body, s)
	switch {
	case owner == dsr.OwnerSubject:
		return Own
	case owner == dsr.OwnerUnknown && len(named.IDs) > 0 && !p.areOwn(named.IDs):
		return Others
	case o.isSame(u):
		return Own
	case isOfChat(u.op) && o.hangs(u):
		return Own
	case owner == dsr.OwnerPossible || p.areOwn(named.IDs) || p.areOwnNames(named.Names):
		return Unattributed
	case len(named.Names) > 0:
		return Others
	case o.hangs(u):
		return Own
	case sharedTypes[u.op.Type]:
		return Shared
	default:
		return Unattributed
	}
}

// isOfChat reports whether a row is of chats with agents, where a name is whatever an
// application has noted.
func isOfChat(op azureml.Operation) bool { return strings.HasPrefix(op.Type, "ml-agent-") }

package personcopy

import (
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// Class says whose a document is.
type Class string

// The classes. Only what is Own goes into the copy.
const (
	// Own is a document that says by an id that the subject made it or is its user.
	Own Class = "own"
	// Others is a document that names somebody else as its owner.
	Others Class = "others"
	// Shared is a container that several people work in, such as a workspace.
	Shared Class = "shared"
	// Unattributed is a document that doesn't say whose it is, or says it only by a
	// display name, which namesakes share.
	Unattributed Class = "unattributed"
)

// sharedTypes are the resource types that hold the work of several people.
var sharedTypes = map[string]bool{
	"modelmanagement-account": true,
	"experimentation-account": true,
	"workspaces":              true,
	"projects":                true,
	"experiments":             true,
	"ml-workspaces":           true,
	"ml-experiments":          true,
	"ml-registries":           true,
}

// Classify returns whose a document of a row is. Without a subject nothing is anybody's own.
func Classify(op azureml.Operation, doc []byte, s *dsr.Subject) Class {
	owner := azureml.OwnerOf(op, doc, s)
	switch {
	case owner == dsr.OwnerSubject:
		return Own
	case owner == dsr.OwnerPossible:
		return Unattributed
	case azureml.HasOwner(op, doc):
		return Others
	case sharedTypes[op.Type]:
		return Shared
	default:
		return Unattributed
	}
}

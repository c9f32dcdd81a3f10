package dsr

// Ownership is whose a document is, as far as it says.
type Ownership string

// Ownerships.
const (
	OwnerUnknown  Ownership = ""         // somebody else's, or it does not say
	OwnerPossible Ownership = "possible" // by a name that others may have; a person decides
	OwnerSubject  Ownership = "subject"  // the subject's own
)

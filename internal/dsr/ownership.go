package dsr

// Ownership tells what a document has to do with the subject, as far as it says.
type Ownership string

// Ownerships.
const (
	OwnerUnknown  Ownership = ""         // somebody else's, or it does not say
	OwnerPossible Ownership = "possible" // by a name that others may have: for a person to decide
	OwnerSubject  Ownership = "subject"  // the subject's own
)

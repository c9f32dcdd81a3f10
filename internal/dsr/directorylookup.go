package dsr

import (
	"slices"
	"time"
)

// Outcomes of looking a subject up in the directory.
const (
	LookupFound    = "found"    // the object id is the directory's
	LookupNotFound = "notFound" // the directory has nobody by an address of the subject
)

// DirectoryLookup says how a subject was looked up in the directory of Microsoft Entra. It
// has no address. It is made once, and what it says stays.
type DirectoryLookup struct {
	Outcome string    `json:"outcome"`
	By      []string  `json:"by,omitempty"` // the directory's attributes that have an address of the subject
	From    string    `json:"from"`         // the address of Microsoft Graph
	At      time.Time `json:"at"`
}

// DirectoryMatch is a person in the directory who has an address.
type DirectoryMatch struct {
	ObjectID string
	By       string // the attribute that has it
}

// Addresses returns the subject's user principal name and mail addresses, each once.
func (s Subject) Addresses() []string {
	var out []string
	for _, a := range append([]string{s.UserPrincipalName}, s.Mail...) {
		if a != "" && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

// AsSent returns the subject as its sender named it, without what the directory has added.
func (s Subject) AsSent() Subject {
	if s.Lookup != nil {
		s.ObjectID, s.Lookup = "", nil
	}
	return s
}

// LookedUp returns the subject with the result of a look-up. objectID is "" where nobody
// was found.
func (s Subject) LookedUp(objectID string, l DirectoryLookup) *Subject {
	s.ObjectID, s.Lookup = objectID, &l
	return &s
}

package dsr

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// SignedIn is a person or an application that has signed in to a directory. Records hold
// its text, which names the directory's own id beside the name: names change and are shared.
type SignedIn struct {
	Name     string // as the directory shows it, such as ada@example.org
	ObjectID string
	TenantID string
}

// maxSignedInName bounds a name in characters, so that the whole fits into a request.
const maxSignedInName = 120

var signedIn = regexp.MustCompile(`^(.*) \[oid ([A-Za-z0-9-]+), tid ([A-Za-z0-9.-]+)\]$`)

// String returns the text by which records name somebody who has signed in.
func (s SignedIn) String() string {
	name := []rune(strings.Map(plainName, s.Name))
	if len(name) > maxSignedInName {
		name = name[:maxSignedInName]
	}
	return fmt.Sprintf("%s [oid %s, tid %s]", strings.TrimSpace(string(name)), s.ObjectID, s.TenantID)
}

// plainName leaves out what could end a name early or break a line.
func plainName(r rune) rune {
	if r == '[' || r == ']' || unicode.IsControl(r) {
		return -1
	}
	return r
}

// ParseSignedIn reads the text of a record. ok is false for a name that its sender states.
func ParseSignedIn(text string) (s SignedIn, ok bool) {
	m := signedIn.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return SignedIn{}, false
	}
	return SignedIn{Name: m[1], ObjectID: m[2], TenantID: m[3]}, true
}

// SamePerson reports whether two texts of records may name one person. Two that have signed
// in are told apart by the directory's ids alone. Otherwise the names are compared, ignoring
// case.
func SamePerson(a, b string) bool {
	x, isIn := ParseSignedIn(a)
	y, isInToo := ParseSignedIn(b)
	if isIn && isInToo {
		return strings.EqualFold(x.ObjectID, y.ObjectID) && strings.EqualFold(x.TenantID, y.TenantID)
	}
	return strings.EqualFold(namesOf(x, isIn, a), namesOf(y, isInToo, b))
}

func namesOf(s SignedIn, isIn bool, text string) string {
	if isIn {
		return s.Name
	}
	return strings.TrimSpace(text)
}

// IsDirectoryID reports whether a text may be an object's or a tenant's id, and so part of
// a record's text.
func IsDirectoryID(text string) bool {
	const longest = 64
	return len(text) <= longest && directoryID.MatchString(text)
}

var directoryID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]*$`)

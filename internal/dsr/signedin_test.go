package dsr_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"azureml-dsr/internal/dsr"
)

func TestWhoHasSignedInIsToldApartByTheDirectorysIDs(t *testing.T) {
	ada := dsr.SignedIn{Name: "ada@example.org", ObjectID: "11111111-aaaa", TenantID: "t-1"}
	renamed, namesake, elsewhere := ada, ada, ada
	renamed.Name, namesake.ObjectID, elsewhere.TenantID = "ada.king@example.org", "22222222-bbbb", "t-2"

	for name, tt := range map[string]struct {
		a, b string
		same bool
	}{
		"the same":                         {ada.String(), ada.String(), true},
		"one whose name has changed":       {ada.String(), renamed.String(), true},
		"a namesake":                       {ada.String(), namesake.String(), false},
		"the id of another directory":      {ada.String(), elsewhere.String(), false},
		"a stated name that is theirs":     {" ADA@example.org ", ada.String(), true},
		"a stated name that is another":    {"bob@example.org", ada.String(), false},
		"two stated names":                 {"ada", " Ada", true},
		"two stated names of other people": {"ada", "bob", false},
	} {
		t.Run(name, func(t *testing.T) {
			if dsr.SamePerson(tt.a, tt.b) != tt.same || dsr.SamePerson(tt.b, tt.a) != tt.same {
				t.Errorf("%q and %q: want %t", tt.a, tt.b, tt.same)
			}
		})
	}
}

func TestANameCannotPassForAnID(t *testing.T) {
	liar := dsr.SignedIn{Name: "ada [oid 11111111-aaaa, tid t-1]\n", ObjectID: "666", TenantID: "t-1"}
	read, ok := dsr.ParseSignedIn(liar.String())
	if !ok || read.ObjectID != "666" || strings.ContainsAny(liar.String()[:len(read.Name)], "[]\n") {
		t.Errorf("%q is read as %+v", liar, read)
	}

	long := dsr.SignedIn{Name: strings.Repeat("é", 500), ObjectID: strings.Repeat("a", 36), TenantID: strings.Repeat("b", 36)}
	if n := utf8.RuneCountInString(long.String()); n > 320 {
		t.Errorf("%d characters; a request takes 320", n)
	}
	if _, ok := dsr.ParseSignedIn("ada@example.org"); ok {
		t.Error("a stated name counts as signed in")
	}
}

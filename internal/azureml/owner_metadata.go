package azureml

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// userNames are the names, in small letters and without signs between words, under which
// applications note with whom an agent chats.
var userNames = []string{
	"user", "userid", "username", "useremail", "usermail", "userupn", "userprincipalname", "userobjectid", "useroid",
	"oid", "objectid", "aadobjectid", "entraobjectid", "upn", "email", "mail",
}

// objectID is the form of an object id of the directory.
var objectID = regexp.MustCompile(`(?i)^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

var betweenWords = strings.NewReplacer("_", "", "-", "", ".", "", " ", "")

// noted returns the person that metadata names; false where they name nobody.
func noted(metadata map[string]any) (person, bool) {
	var p person
	for _, name := range slices.Sorted(maps.Keys(metadata)) {
		value, _ := metadata[name].(string)
		value = strings.TrimSpace(value)
		if value == "" || !slices.Contains(userNames, betweenWords.Replace(strings.ToLower(name))) {
			continue
		}

		switch {
		case objectID.MatchString(value):
			p.objectID = value
		case strings.Contains(value, "@"):
			p.signIn = value
		default:
			p.name = value
		}
	}
	return p, p.objectID != "" || p.signIn != "" || p.name != ""
}

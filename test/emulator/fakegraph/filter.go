package fakegraph

import (
	"net/http"
	"regexp"
	"strings"
)

// equality is the one form of $filter that is understood: an attribute and a text in
// quotes, of which those inside are doubled.
var equality = regexp.MustCompile(`^(mail|userPrincipalName) eq '((?:[^']|'')*)'$`)

// parseFilter returns who passes a filter, and false for one that is not understood. An
// empty one lets everybody through.
func parseFilter(filter string) (matches func(Person) bool, ok bool) {
	if filter == "" {
		return func(Person) bool { return true }, true
	}
	m := equality.FindStringSubmatch(filter)
	if m == nil {
		return nil, false
	}

	want := strings.ReplaceAll(m[2], "''", "'")
	return func(p Person) bool {
		has := p.Mail
		if m[1] == "userPrincipalName" {
			has = p.UserPrincipalName
		}
		return has != "" && strings.EqualFold(has, want)
	}, true
}

// selected returns the members of a user that $select names, or the default ones.
func (p Person) selected(r *http.Request) map[string]any {
	all := map[string]any{
		"id":                p.ID,
		"userPrincipalName": p.UserPrincipalName,
		"displayName":       p.DisplayName,
		"mail":              nil,
		"businessPhones":    []string{},
	}
	if p.Mail != "" {
		all["mail"] = p.Mail
	}

	names := r.URL.Query().Get("$select")
	if names == "" {
		return all
	}
	out := map[string]any{}
	for name := range strings.SplitSeq(names, ",") {
		if v, known := all[strings.TrimSpace(name)]; known {
			out[strings.TrimSpace(name)] = v
		}
	}
	return out
}

package fakeml

import (
	"iter"
	"net/http"
	"net/url"
	"strings"
)

// documents yields the documents of the account, of each row that answers with
// one.
func (s *Server) documents(yield func(string, []byte) bool) {
	base := ""
	if set := s.base.Load(); set != nil {
		base = *set
	}

	for i := range s.routes {
		row := &s.routes[i]
		if (row.document == nil && row.link == nil) || row.verb() != http.MethodGet || row.plane == planeDiscovery || !s.account.has(row) {
			continue
		}

		for at := range s.account.places(row) {
			if t, ok := row.thing(at); (ok && !s.deletions.shows(t)) || s.wentWithTheOld(row, at) {
				continue
			}

			path := s.account.fill(row.pattern, at)
			switch {
			case row.version != "":
				path += "?api-version=" + row.version
			case row.query != "":
				name, variable := row.asked()
				path += "?" + name + "=" + url.QueryEscape(s.account.nameOf(variable, at))
			}
			if !yield(path, s.documentAt(row, at, base)) {
				return
			}
		}
	}
}

func (s *Server) documentAt(row *route, at place, base string) []byte {
	if row.link != nil {
		return row.link(s, at, base+s.account.contentOf(row, at))
	}
	return withOrigin(row.document(s, at), base)
}

// has reports whether the account that a row's path names exists.
func (a *Account) has(row *route) bool {
	return (a.Experimentation != "" || !strings.Contains(row.pattern, "{experimentation}")) &&
		(a.ModelManagement != "" || !strings.Contains(row.pattern, "{modelManagement}"))
}

// places yields every place that a row can lead to.
func (a *Account) places(row *route) iter.Seq[place] {
	return func(yield func(place) bool) {
		a.placesBelow(append(variables(row.pattern), variables(row.query)...), place{}, yield)
	}
}

// placesBelow yields the places at which the remaining variables have a name.
func (a *Account) placesBelow(names []string, at place, yield func(place) bool) bool {
	if len(names) == 0 {
		return yield(at)
	}
	k, ok := a.kind(names[0])
	if !ok {
		return a.placesBelow(names[1:], at, yield)
	}

	for i := range k.count {
		if k.put(&at, i); k.exists != nil && !k.exists(at) {
			continue
		}
		if !a.placesBelow(names[1:], at, yield) {
			return false
		}
	}

	return true
}

// fill puts escaped names into a pattern.
func (a *Account) fill(pattern string, at place) string {
	var filled strings.Builder
	for pattern != "" {
		before, rest, _ := strings.Cut(pattern, "{")
		variable, after, ok := strings.Cut(rest, "}")
		filled.WriteString(before)
		if ok {
			filled.WriteString(a.escapedName(variable, at))
		}
		pattern = after
	}
	return filled.String()
}

// escapedName returns the name that replaces a variable in a path.
func (a *Account) escapedName(variable string, at place) string {
	switch variable {
	case "subscription":
		return url.PathEscape(a.SubscriptionID)
	case "resourceGroup":
		return url.PathEscape(a.ResourceGroup)
	case "experimentation":
		return url.PathEscape(a.Experimentation)
	case "modelManagement":
		return url.PathEscape(a.ModelManagement)
	case "location":
		return url.PathEscape(a.Location)
	}

	if name, ok := strings.CutSuffix(variable, "..."); ok {
		return escapePath(a.nameOf(name, at))
	}
	if k, ok := a.kind(variable); ok {
		return url.PathEscape(k.name(at))
	}

	return "{" + variable + "}"
}

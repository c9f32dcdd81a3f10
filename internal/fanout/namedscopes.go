package fanout

import (
	"fmt"
	"strings"

	"azureml-dsr/internal/dsr"
)

const (
	// maxScope bounds the places of a request, as the schema bounds the entries of its
	// scope.
	maxScope = 1000
	// maxListedNames bounds the names that a refusal lists.
	maxListedNames = 20
)

// Resolve returns the request with the places that the names in its scope stand for. A
// request without a scope has the default one. The error names each entry that has no
// meaning here, and the names that there are.
func (p Parsed) Resolve(names dsr.ScopeNames) (Parsed, error) {
	sent := p.Sent
	if len(sent) == 0 {
		if names.Default == "" {
			return Parsed{}, invalid("/: missing scope%s", orByName(names))
		}
		sent = []dsr.ScopeEntry{{Name: names.Default}}
	}

	if faults := nameFaults(sent, names); len(faults) > 0 {
		return Parsed{}, invalid("%s", describe(faults))
	}
	p.place(sent, func(name string) []dsr.Scope { return names.Places[name] })
	if len(p.Scope) > maxScope {
		return Parsed{}, invalid("/scope: its names stand for more than %d places; send them in several requests", maxScope)
	}

	return p, nil
}

// AsRecorded returns the request with what was looked up when it was recorded: the places
// that its names stood for, and the subject's object id. It returns false where the record
// is surely that of another request.
func (p Parsed) AsRecorded(r dsr.RequestRecord) (Parsed, bool) {
	if s := r.Subject; s != nil && s.Lookup != nil && p.Subject != nil && p.Subject.ObjectID == "" {
		p.Subject = p.Subject.LookedUp(s.ObjectID, *s.Lookup)
	}

	recorded := map[string][]dsr.Scope{}
	sent := p.Sent
	for _, n := range r.NamedScopes {
		if n.First < 0 || n.Entries < 0 || n.First+n.Entries > len(r.Scope) {
			return p, false
		}
		recorded[n.Name] = r.Scope[n.First : n.First+n.Entries]
		if n.Default && len(p.Sent) == 0 {
			sent = []dsr.ScopeEntry{{Name: n.Name}}
		}
	}

	for _, e := range sent {
		if e.Name != "" && recorded[e.Name] == nil {
			return p, false
		}
	}
	p.place(sent, func(name string) []dsr.Scope { return recorded[name] })

	return p, len(p.Scope) > 0
}

// place sets the places of a request, by its scope with the default applied.
func (p *Parsed) place(sent []dsr.ScopeEntry, places func(name string) []dsr.Scope) {
	p.Scope, p.NamedScopes = nil, nil
	for _, e := range sent {
		if e.Name == "" {
			p.Scope = append(p.Scope, e.Place)
			continue
		}

		entries := places(e.Name)
		p.NamedScopes = append(p.NamedScopes, dsr.NamedScope{
			Name:    e.Name,
			First:   len(p.Scope),
			Entries: len(entries),
			Default: len(p.Sent) == 0,
		})
		p.Scope = append(p.Scope, entries...)
	}
}

// nameFaults returns what is wrong with the names of a scope.
func nameFaults(sent []dsr.ScopeEntry, names dsr.ScopeNames) (faults []string) {
	seen := map[string]bool{}
	for i, e := range sent {
		switch {
		case e.Name == "":
		case len(names.Places) == 0:
			faults = append(faults, fmt.Sprintf("/scope/%d: no scope has a name here, since DSR_SCOPES is not set: send an object", i))
		case names.Places[e.Name] == nil:
			faults = append(faults, fmt.Sprintf("/scope/%d: no scope has this name: there are %s", i, listed(names.Names())))
		case seen[e.Name]:
			faults = append(faults, fmt.Sprintf("/scope/%d: names a scope twice", i))
		}
		seen[e.Name] = true
	}
	return faults
}

// orByName continues a sentence about a missing scope with the names that there are.
func orByName(names dsr.ScopeNames) string {
	if len(names.Places) == 0 {
		return ""
	}
	return ": DSR_SCOPES names " + listed(names.Names()) + ", and no DSR_DEFAULT_SCOPE is set"
}

// listed joins the first of some names.
func listed(names []string) string {
	more := ""
	if n := len(names) - maxListedNames; n > 0 {
		names, more = names[:maxListedNames], fmt.Sprintf(" and %d more", n)
	}
	return strings.Join(names, ", ") + more
}

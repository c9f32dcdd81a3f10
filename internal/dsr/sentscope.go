package dsr

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// ScopeEntry is an entry of a scope as a sender writes it: a name, or a place.
type ScopeEntry struct {
	Name  string // "": it is the place
	Place Scope
}

// UnmarshalJSON reads a text as a name and anything else as a place.
func (e *ScopeEntry) UnmarshalJSON(text []byte) error {
	*e = ScopeEntry{}
	if bytes.HasPrefix(text, []byte{'"'}) {
		return json.Unmarshal(text, &e.Name)
	}
	return json.Unmarshal(text, &e.Place)
}

// MarshalJSON writes an entry as its sender wrote it.
func (e ScopeEntry) MarshalJSON() ([]byte, error) {
	if e.Name != "" {
		return json.Marshal(e.Name)
	}
	return json.Marshal(e.Place)
}

// SentScope returns the scope as its sender wrote it, nil where it was left out.
func (r Request) SentScope() []ScopeEntry {
	named := map[int]NamedScope{}
	for _, n := range r.NamedScopes {
		named[n.First] = n
	}

	var sent []ScopeEntry
	for i := 0; i < len(r.Scope); {
		n, isNamed := named[i]
		if !isNamed {
			sent = append(sent, ScopeEntry{Place: r.Scope[i]})
			i++
			continue
		}

		if !n.Default {
			sent = append(sent, ScopeEntry{Name: n.Name})
		}
		i += max(n.Entries, 1)
	}

	return sent
}

// Sent returns the request in JSON as its sender wrote it, with its defaults but without
// what was looked up for it.
func (r Request) Sent() ([]byte, error) {
	if r.Subject != nil {
		subject := r.Subject.AsSent()
		r.Subject = &subject
	}

	sent := struct {
		Request
		Scope       []ScopeEntry `json:"scope,omitempty"`
		NamedScopes []NamedScope `json:"namedScopes,omitempty"`
	}{Request: r, Scope: r.SentScope()}

	body, err := json.Marshal(sent)
	if err != nil {
		return nil, fmt.Errorf("encoding a request: %w", err)
	}
	return body, nil
}

// ScopePath returns where an entry of the scope is written, as a JSON Pointer into the
// request, or for one that a name stands for into DSR_SCOPES.
func (r Request) ScopePath(entry int) string {
	sent := entry // its position in the scope as it was sent
	for _, n := range r.NamedScopes {
		switch {
		case entry < n.First:
			return "/scope/" + strconv.Itoa(sent)
		case entry < n.First+n.Entries:
			return "DSR_SCOPES/" + n.Name + "/" + strconv.Itoa(entry-n.First)
		}
		sent -= n.Entries - 1
	}
	return "/scope/" + strconv.Itoa(sent)
}

package fakeml

import "strings"

// thing is what a DELETE can name: its kind, which is the variable of its path,
// and where it is. Equal things are equal values.
type thing struct {
	kind string
	at   place
}

// nature says of a kind of things what they lie in, "" for nothing that can be
// deleted here, and which indexes of a place say where one is.
type nature struct {
	in   string
	keep func(place) place
	// emptied marks what can't be deleted while something lies in it; other
	// containers take it along.
	emptied bool
}

// natureOf returns the nature of a kind; false for what no DELETE can name.
func natureOf(kind string) (nature, bool) {
	nowhere := func(place) place { return place{} }
	item := func(at place) place { return place{item: at.item} }
	switch kind {
	case "experimentation", "modelManagement":
		return nature{keep: nowhere}, true
	case "workspace":
		return nature{in: "experimentation", keep: func(at place) place { return place{ws: at.ws} }}, true
	case "project":
		return nature{in: "workspace", keep: func(at place) place { return place{ws: at.ws, project: at.project} }}, true
	case "model", "manifest", "service", "image":
		return nature{in: "modelManagement", keep: item}, true
	}

	return mlNature(kind)
}

// newThing keeps of a place only what says where a thing of this kind is.
func newThing(kind string, at place) thing {
	if n, ok := natureOf(kind); ok {
		at = n.keep(at)
	}
	return thing{kind, at}
}

// container is what a thing lies in, if that can be deleted here.
func (t thing) container() (thing, bool) {
	if parent, ok := t.at.parent(); ok && t.kind == mlRun {
		return thing{mlRun, parent}, true
	}
	n, ok := natureOf(t.kind)
	if !ok || n.in == "" {
		return thing{}, false
	}
	return newThing(n.in, t.at), true
}

// innermost is the kind of the innermost thing on a path, "" if there is none.
func innermost(pattern string) string {
	kind := ""
	for _, variable := range variables(pattern) {
		if _, ok := natureOf(variable); ok {
			kind = variable
		}
	}
	return kind
}

// variables returns the names of a pattern's variables in their order.
func variables(pattern string) []string {
	var names []string
	for part := range strings.SplitSeq(pattern, "{") {
		if name, _, ok := strings.Cut(part, "}"); ok {
			names = append(names, strings.TrimSuffix(name, "..."))
		}
	}
	return names
}

// thing returns the innermost thing on the path of a row; without one, nothing
// that the row answers with can be deleted.
func (r *route) thing(at place) (thing, bool) {
	return newThing(r.kind, at), r.kind != ""
}

// isThing reports whether the row's path is that of a thing itself.
func (r *route) isThing() bool {
	return r.kind != "" && (r.alias || strings.HasSuffix(r.pattern, "{"+r.kind+"}"))
}

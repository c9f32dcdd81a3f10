package azureml

import "strings"

// thing is what a DELETE can name: its kind, which is the variable of its path,
// and where it is. Equal things are equal values.
type thing struct {
	kind string
	at   place
}

// newThing keeps of a place only what says where a thing of this kind is.
func newThing(kind string, at place) thing {
	switch kind {
	case "experimentation", "modelManagement":
		at = place{}
	case "workspace":
		at = place{ws: at.ws}
	case "project":
		at = place{ws: at.ws, project: at.project}
	default:
		at = place{item: at.item}
	}
	return thing{kind, at}
}

// nthThing is item i of a list of such things at a place.
func nthThing(kind string, at place, i int) thing {
	switch kind {
	case "workspace":
		at.ws = i
	case "project":
		at.project = i
	default:
		at.item = i
	}
	return newThing(kind, at)
}

// container is what a thing lies in; the two accounts lie in nothing that can
// be deleted here.
func (t thing) container() (thing, bool) {
	switch t.kind {
	case "experimentation", "modelManagement":
		return thing{}, false
	case "workspace":
		return newThing("experimentation", t.at), true
	case "project":
		return newThing("workspace", t.at), true
	}
	return newThing("modelManagement", t.at), true
}

// innermost is the kind of the innermost thing on a path, "" if there is none.
func innermost(pattern string) string {
	for _, kind := range []string{"model", "manifest", "service", "image", "project", "workspace", "experimentation", "modelManagement"} {
		if strings.Contains(pattern, "{"+kind+"}") {
			return kind
		}
	}
	return ""
}

// thing returns the innermost thing on the path of a row; without one, nothing
// that the row answers with can be deleted.
func (r *route) thing(at place) (thing, bool) {
	return newThing(r.kind, at), r.kind != ""
}

// isThing reports whether the row's path is that of a thing itself.
func (r *route) isThing() bool {
	return r.kind != "" && strings.HasSuffix(r.pattern, "{"+r.kind+"}")
}

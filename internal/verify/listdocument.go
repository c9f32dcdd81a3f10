package verify

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// naming are the members that name the elements of lists. Each list uses one of them, and
// an element may match by any that it has.
var naming = []string{"experimentId", "id", "metricKey", "name", "path", "runId"}

// listDocument is what one document of a list's answer has besides its elements.
type listDocument struct {
	isList      bool
	link, token string
	last        string // the id of the last object
	more        bool   // whether there are objects behind it
}

// goesOn reports whether another document follows.
func (d listDocument) goesOn() bool { return d.link != "" || d.token != "" }

// behind returns the id that the next page comes after, in a list in the form of OpenAI's.
// It returns "" at the end.
func (d listDocument) behind() string {
	if !d.more {
		return ""
	}
	return d.last
}

// listReader reads one document of a list's answer and passes each element's possible names
// to element. It keeps one string in memory at a time.
type listReader struct {
	dec     *jsontext.Decoder
	element func(names []string)
	listDocument
}

// read reads an array of elements, or an object around it. It skips a document of any other
// shape, which is no list.
func (l *listReader) read() error {
	switch l.dec.PeekKind() {
	case '[':
		l.isList = true
		return l.elements()
	case '{':
		return l.object(l.member)
	default:
		return l.dec.SkipValue()
	}
}

// member reads a member of the object around the elements.
func (l *listReader) member(name string) (err error) {
	kind := l.dec.PeekKind()
	switch {
	case (name == "value" || name == "data") && kind == '[':
		l.isList = true
		return l.elements()
	case name == "value" && kind == 'n':
		l.isList = true
	case name == "last_id" && (kind == '"' || kind == 'n'):
		l.last, err = l.text()
		return err
	case name == "has_more":
		l.more = kind == 't'
	case name == "nextLink" && (kind == '"' || kind == 'n'):
		l.link, err = l.text()
		return err
	case name == "continuationToken" && (kind == '"' || kind == 'n'):
		l.token, err = l.text()
		return err
	}
	return l.dec.SkipValue()
}

// elements reads the array of elements.
func (l *listReader) elements() error {
	if _, err := l.dec.ReadToken(); err != nil {
		return err
	}
	for l.dec.PeekKind() != ']' {
		names, err := l.names()
		if err != nil {
			return err
		}
		l.element(names)
	}
	_, err := l.dec.ReadToken()
	return err
}

// names reads an element and returns its possible names. ARM may name a child resource by
// its parent's name, a slash and its own.
func (l *listReader) names() (names []string, err error) {
	if l.dec.PeekKind() != '{' {
		return nil, l.dec.SkipValue()
	}

	err = l.object(func(member string) error {
		if !slices.Contains(naming, member) {
			return l.dec.SkipValue()
		}

		name, err := l.name()
		names = append(names, name)
		switch i := strings.LastIndexByte(name, '/'); {
		case i < 0:
		case member == "name":
			names = append(names, name[i+1:])
		case member == "id":
			names = append(names, inAssetID(name)...)
		}

		return err
	})

	return names, err
}

// inAssetID returns the name and the version of an asset that is named only by its id:
// azureml://…/indexes/{name}/versions/{version}.
func inAssetID(id string) []string {
	before, version, ok := strings.Cut(id, "/versions/")
	if !ok {
		return nil
	}
	return []string{before[strings.LastIndexByte(before, '/')+1:], version}
}

// name reads a name, which is a string or an object. It returns an object as compact JSON.
func (l *listReader) name() (string, error) {
	switch l.dec.PeekKind() {
	case '"':
		return l.text()
	case '{':
		raw, err := l.dec.ReadValue()
		if err != nil {
			return "", err
		}
		compact := raw.Clone()
		err = compact.Compact()
		return string(compact), err

	default:
		return "", l.dec.SkipValue()
	}
}

// text reads a string; null is an empty one.
func (l *listReader) text() (string, error) {
	tok, err := l.dec.ReadToken()
	if err != nil || tok.Kind() != '"' {
		return "", err
	}
	return tok.String(), nil
}

// object reads an object, and calls member to read each value.
func (l *listReader) object(member func(name string) error) error {
	if _, err := l.dec.ReadToken(); err != nil {
		return err
	}

	for l.dec.PeekKind() == '"' {
		tok, err := l.dec.ReadToken()
		if err != nil {
			return err
		}
		if err := member(tok.String()); err != nil {
			return err
		}
	}

	_, err := l.dec.ReadToken()
	return err
}

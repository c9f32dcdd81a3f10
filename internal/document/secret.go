package document

import (
	"fmt"
	"strings"
)

// Secret is a field whose value must be masked.
type Secret struct {
	// Pointer is a JSON Pointer (RFC 6901) in which the segment "*" matches any array index or
	// member. "" is the whole document.
	Pointer string
	// Link means that the value is a link, of which only the value of the `sig` query parameter
	// and the user information before the host are masked. A string without them stays
	// unchanged. If Link is false, the whole value is masked, whatever its kind.
	Link bool
	// Kept says that the value is no secret, whatever it looks like, nor is anything in
	// it: calls are made by it.
	Kept bool
}

// below is a Secret somewhere in a value. rest is its pointer from that value on.
type below struct {
	rest   string
	action action
}

// atRoot appends the secrets within a document to out, and returns the action for the
// document itself. It fails for an invalid pointer.
func atRoot(out []below, secrets []Secret) ([]below, action, error) {
	act := keep
	for _, s := range secrets {
		switch {
		case s.Pointer == "":
			act = max(act, s.action())
		case s.Pointer[0] == '/':
			out = append(out, below{s.Pointer, s.action()})
		default:
			return out, act, fmt.Errorf("the secret %q is no JSON Pointer: it must be empty or begin with a slash", s.Pointer)
		}
	}
	return out, act, nil
}

// inside appends the secrets of a container that lie within its member or element of a key
// to out, and returns the action for that one itself.
func inside(out, container []below, key []byte) ([]below, action) {
	act := keep
	for _, s := range container {
		segment, _, more := strings.Cut(s.rest[1:], "/")
		switch {
		case !fits(segment, key):
		case more:
			out = append(out, below{s.rest[1+len(segment):], s.action})
		default:
			act = max(act, s.action)
		}
	}
	return out, act
}

// unescape reads a segment of a JSON Pointer.
var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// fits reports whether a segment of a pointer means a key.
func fits(segment string, key []byte) bool {
	if strings.IndexByte(segment, '~') >= 0 {
		segment = unescape.Replace(segment)
	}
	return segment == "*" || segment == string(key)
}

// action is what to do with a value. If several patterns match, the greatest action wins.
type action uint8

const (
	keep action = iota
	maskLink
	maskWhole
	leave
)

func (s Secret) action() action {
	switch {
	case s.Kept:
		return leave
	case s.Link:
		return maskLink
	default:
		return maskWhole
	}
}

// frame is an open object or array, and the position in it.
type frame struct {
	object bool
	isName bool // whether the next string is the name of a member
	index  int  // the index of the next element
	held   int  // the length of the current member's name
	// from and to are where copier.below has the secrets within this container. Behind
	// them are those within its current member or element.
	from, to int
	act      action // for the current member or element
	muted    bool   // whether this container is masked as a whole
	left     bool   // whether nothing in this container is looked at for secrets
	secret   bool   // whether the current member's name says that its value is a secret
	// namesPair says that the current member's value may name what the member "value"
	// holds, toldName that one has, and pair that it has named a secret.
	namesPair, toldName, pair bool
	isValue                   bool // whether the current member is that "value"
}

// naming notes what the name of a member, a JSON string, says of its value.
func (f *frame) naming(raw []byte) {
	name := textOf(raw)
	f.namesPair = isNamed(name, "name") || isNamed(name, "key") || isNamed(name, "header")
	f.isValue = isNamed(name, "value")
	f.secret = secretName(name) || (f.pair && f.isValue)
}

// isNamed reports whether a member has a name, in capitals or small letters.
func isNamed(name []byte, want string) bool {
	return len(name) == len(want) && strings.EqualFold(string(name), want)
}

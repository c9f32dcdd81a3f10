package document

import (
	"bytes"
	"fmt"
	"strconv"
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

// pattern is a Secret whose pointer is split into segments.
type pattern struct {
	segments []string
	action   action
}

// unescape reads a segment of a JSON Pointer.
var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// compile converts secrets to patterns. It fails for an invalid pointer.
func compile(secrets []Secret) ([]*pattern, error) {
	out := make([]*pattern, 0, len(secrets))
	for _, s := range secrets {
		p := &pattern{action: s.action()}
		if s.Pointer != "" {
			rest, ok := strings.CutPrefix(s.Pointer, "/")
			if !ok {
				return nil, fmt.Errorf("the secret %q is no JSON Pointer: it must be empty or begin with a slash", s.Pointer)
			}
			p.segments = strings.Split(rest, "/")
			for i, segment := range p.segments {
				p.segments[i] = unescape.Replace(segment)
			}
		}

		out = append(out, p)
	}

	return out, nil
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

// frame is an open object or array, the position in it, and the patterns that match up to it.
type frame struct {
	object bool
	isName bool   // whether the next string is the name of a member
	name   string // the name of the current member, if a pattern is active
	index  int    // the index of the next element
	held   int    // the length of the current member's name
	active []*pattern
	muted  bool // whether this container is masked as a whole
	left   bool // whether nothing in this container is looked at for secrets
	secret bool // whether the current member's name says that its value is a secret
	// namesPair says that the current member's value may name what the member "value"
	// holds, toldName that one has, and pair that it has named a secret.
	namesPair, toldName, pair bool
	isValue                   bool // whether the current member is that "value"
}

// child returns the patterns that match up to the value at the frame's position and continue
// inside it, and the action of the patterns that end there. depth is that of the value, which
// is 0 for the document itself.
func (f *frame) child(depth int) (active []*pattern, act action) {
	if len(f.active) == 0 {
		return nil, keep
	}

	key := f.name
	if !f.object {
		key = strconv.Itoa(f.index)
	}

	for _, p := range f.active {
		if seg := p.segments[depth-1]; seg != "*" && seg != key {
			continue
		}
		if len(p.segments) > depth {
			active = append(active, p)
			continue
		}
		act = max(act, p.action)
	}

	return active, act
}

// atRoot is child for the document itself.
func atRoot(patterns []*pattern) (active []*pattern, act action) {
	for _, p := range patterns {
		if len(p.segments) > 0 {
			active = append(active, p)
			continue
		}
		act = max(act, p.action)
	}
	return active, act
}

// naming notes what the name of a member, a JSON string, says of its value.
func (f *frame) naming(raw []byte) {
	name := raw[1 : len(raw)-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		name = []byte(unquote(raw))
	}
	f.namesPair = isNamed(name, "name") || isNamed(name, "key") || isNamed(name, "header")
	f.isValue = isNamed(name, "value")
	f.secret = secretName(name) || (f.pair && f.isValue)
}

// isNamed reports whether a member has a name, in capitals or small letters.
func isNamed(name []byte, want string) bool {
	return len(name) == len(want) && strings.EqualFold(string(name), want)
}

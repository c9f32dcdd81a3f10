package document

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Secret is a field whose value must not be kept.
type Secret struct {
	// Pointer is a JSON Pointer (RFC 6901) in which the segment "*" stands for
	// any array index or member. "" is the whole document.
	Pointer string
	// Link says that the value is a link: only the value of its `sig` query
	// parameter and what stands before an "@" of its host are replaced, and a string
	// without them stays. Otherwise the whole value, whatever its kind, becomes
	// "[masked]".
	Link bool
	// Kept says that the value is no secret, whatever it looks like, nor is anything in
	// it: calls are made by it.
	Kept bool
}

// pattern is a Secret in segments.
type pattern struct {
	segments []string
	hit      hit
}

// unescape reads a segment of a JSON Pointer.
var unescape = strings.NewReplacer("~1", "/", "~0", "~")

func compile(secrets []Secret) ([]*pattern, error) {
	out := make([]*pattern, 0, len(secrets))
	for _, s := range secrets {
		p := &pattern{hit: s.hit()}
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

// hit says what is to be done with a value.
type hit uint8

const (
	keep hit = iota
	maskLink
	maskWhole
	leave
)

func (s Secret) hit() hit {
	switch {
	case s.Kept:
		return leave
	case s.Link:
		return maskLink
	default:
		return maskWhole
	}
}

// frame is an open object or array: where we are in it, and the patterns that
// have matched all the way to it.
type frame struct {
	object bool
	isName bool   // the next string is a member's name
	name   string // of the current member; kept only while a pattern is active
	index  int    // of the next element
	held   int    // length of the member name that led here
	active []*pattern
	muted  bool // this container is a secret: nothing of it is written
	left   bool // nothing in this container is looked at for secrets
	secret bool // the current member's name says that its value is a secret
	// namesPair says that the current member's value may name what the member "value"
	// holds, and pair that one before has named a secret.
	namesPair, pair bool
}

// child advances the active patterns by one step, to the value at the frame's
// current place at depth (0 for the document itself), and reports whether one ends there.
func (f *frame) child(depth int) (active []*pattern, h hit) {
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
		h = max(h, p.hit)
	}

	return active, h
}

// atRoot says what is to be done with the document itself.
func atRoot(patterns []*pattern) (active []*pattern, h hit) {
	for _, p := range patterns {
		if len(p.segments) > 0 {
			active = append(active, p)
			continue
		}
		h = max(h, p.hit)
	}
	return active, h
}

// naming notes what the name of a member, a JSON string, says of its value.
func (f *frame) naming(raw []byte) {
	name := raw[1 : len(raw)-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		name = []byte(unquote(raw))
	}
	f.namesPair = string(name) == "name" || string(name) == "key" || string(name) == "header"
	f.secret = secretName(name) || (f.pair && string(name) == "value")
}

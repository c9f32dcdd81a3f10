package document

import (
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
}

// pattern is a Secret whose pointer is split into segments.
type pattern struct {
	segments []string
	link     bool
}

// compile converts secrets to patterns. It fails for an invalid pointer.
func compile(secrets []Secret) ([]*pattern, error) {
	var out []*pattern
	unescape := strings.NewReplacer("~1", "/", "~0", "~")
	for _, s := range secrets {
		p := &pattern{link: s.Link}
		if s.Pointer != "" {
			rest, ok := strings.CutPrefix(s.Pointer, "/")
			if !ok {
				return nil, fmt.Errorf("the secret %q is no JSON Pointer: it must be empty or begin with a slash", s.Pointer)
			}
			for _, seg := range strings.Split(rest, "/") {
				p.segments = append(p.segments, unescape.Replace(seg))
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
)

// frame is an open object or array, the position in it, and the patterns that match up to it.
type frame struct {
	object bool
	isName bool   // whether the next string is the name of a member
	name   string // the name of the current member, if a pattern is active
	index  int    // the index of the next element
	held   int    // the length of the current member's name
	active []*pattern
	muted  bool // whether this container is masked as a whole
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
		act = max(act, p.action())
	}

	return active, act
}

func (p *pattern) action() action {
	if p.link {
		return maskLink
	}
	return maskWhole
}

// atRoot is child for the document itself.
func atRoot(patterns []*pattern) (active []*pattern, act action) {
	for _, p := range patterns {
		if len(p.segments) > 0 {
			active = append(active, p)
			continue
		}
		act = max(act, p.action())
	}
	return active, act
}

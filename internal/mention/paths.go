package mention

import (
	"bytes"
	"strings"

	"azureml-dsr/internal/document"
)

// paths are patterns with one slash each, which are looked for around the slashes of a
// text.
type paths struct {
	all []pattern
	// before and behind are the bytes that may stand next to a slash.
	before, behind [256]bool
}

// add adds a pattern, once.
func (ps *paths) add(p pattern) {
	for _, other := range ps.all {
		if other.text == p.text {
			return
		}
	}

	p.slash = strings.IndexByte(p.text, '/')
	for c := range 256 {
		if p.slash > 0 {
			ps.before[c] = ps.before[c] || lower[c] == lower[p.text[p.slash-1]]
		}
		if p.slash+1 < len(p.text) {
			ps.behind[c] = ps.behind[c] || lower[c] == lower[p.text[p.slash+1]]
		}
	}
	ps.all = append(ps.all, p)
}

// around returns what the patterns say that are found around one kind of slash.
func (ps *paths) around(text []byte, slash byte) document.Naming {
	found := document.NotNamed
	for from := 0; ; {
		n := bytes.IndexByte(text[from:], slash)
		if n < 0 {
			return found
		}

		at := from + n
		from = at + 1
		if (at > 0 && ps.before[text[at-1]]) || (from < len(text) && ps.behind[text[from]]) {
			found = max(found, ps.at(text, at))
		}
	}
}

// at returns what the patterns say whose slash is the one at a place.
func (ps *paths) at(text []byte, at int) document.Naming {
	found := document.NotNamed
	for i := range ps.all {
		p := &ps.all[i]
		begin := at - p.slash
		if begin >= 0 && p.naming > found && p.matches(text[begin:]) {
			found = max(found, p.within(text, begin))
		}
	}
	return found
}

package mention

import (
	"math"
	"unicode/utf8"

	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
)

// Finder finds one person's names. It may be used by several goroutines.
type Finder struct {
	patterns []pattern
	// exact are names that are too short to be looked for inside strings.
	exact []pattern
	// least is the length of the shortest pattern, and shift says for two neighboring
	// bytes how far a window of that length moves on when they are its last ones.
	least int
	shift [1 << hashBits]uint8
	// shortest is how long a string is at least that names the person.
	shortest int
}

const (
	hashBits = 13

	// shortestPattern is the length of the shortest name that is found inside strings.
	shortestPattern = 3

	// maxLevels is how many levels of escapes and encodings are undone.
	maxLevels = 8
)

// New returns a finder of the subject's names; nil where the request is about everybody.
func New(s *dsr.Subject) *Finder {
	if s == nil {
		return nil
	}
	f := &Finder{least: math.MaxUint8, shortest: math.MaxInt}
	for _, p := range patternsOf(s) {
		f.add(p)
	}
	f.index()
	return f
}

// add adds a pattern, once.
func (f *Finder) add(p pattern) {
	given := p.text
	p.text = plainText(given)
	if p.text == "" {
		return
	}

	f.shortest = min(f.shortest, utf8.RuneCountInString(given), utf8.RuneCountInString(p.text))
	if len(p.text) < shortestPattern {
		f.exact = append(f.exact, p)
		return
	}

	for _, other := range f.patterns {
		if other.text == p.text && other.edges == p.edges {
			return
		}
	}
	p.first, p.last = edgeRunes(p.text)
	f.patterns = append(f.patterns, p)
	f.least = min(f.least, len(p.text))
}

// index fills the table of shifts, as Wu and Manber's algorithm has it.
func (f *Finder) index() {
	if len(f.patterns) == 0 {
		return
	}
	for i := range f.shift {
		f.shift[i] = uint8(f.least - 1)
	}
	for _, p := range f.patterns {
		for end := 1; end < f.least; end++ {
			h := hash(p.text[end-1], p.text[end])
			f.shift[h] = min(f.shift[h], uint8(f.least-1-end))
		}
	}
}

// Find reports what a JSON string, with its quotes, says of the person.
func (f *Finder) Find(raw []byte) document.Naming {
	if len(raw)-len(`""`) < f.shortest {
		return document.NotNamed
	}
	text := raw[1 : len(raw)-1]
	if isPlain(text) {
		return f.search(text)
	}
	return f.findEncoded(raw)
}

// findEncoded looks into a string at each level of its escapes and encodings.
func (f *Finder) findEncoded(raw []byte) document.Naming {
	b := takeBuffer()
	defer b.release()

	b.unquote(raw)
	found := document.NotNamed
	for range maxLevels {
		b.normalize()
		if found = max(found, f.search(b.text)); found == document.Named {
			return found
		}
		if !b.decode() {
			break
		}
	}

	return found
}

// search looks for the names in a text as it stands.
func (f *Finder) search(text []byte) document.Naming {
	found := document.NotNamed
	for _, p := range f.exact {
		if len(text) == len(p.text) && p.matches(text) {
			found = max(found, p.naming)
		}
	}

	if found == document.Named || len(f.patterns) == 0 {
		return found
	}
	for i := f.least - 1; i < len(text); {
		if by := f.shift[hash(text[i-1], text[i])]; by > 0 {
			i += int(by)
			continue
		}
		if found = max(found, f.at(text, i-f.least+1)); found == document.Named {
			return found
		}
		i++
	}

	return found
}

// at returns what the patterns that begin at a place say.
func (f *Finder) at(text []byte, at int) document.Naming {
	found := document.NotNamed
	first := class[text[at]]
	for i := range f.patterns {
		p := &f.patterns[i]
		if p.naming > found && class[p.text[0]] == first && p.matches(text[at:]) {
			found = max(found, p.within(text, at))
		}
	}
	return found
}

// hash joins the classes of two neighboring bytes.
func hash(a, b byte) int { return int(class[a])<<5 ^ int(class[b]) }

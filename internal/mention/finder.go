package mention

import (
	"math"
	"unicode/utf8"

	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
)

// Finder finds one person's names. It may be used by several goroutines.
type Finder struct {
	words words
	paths paths
	// exact are names that are too short to be looked for inside strings.
	exact []pattern
	// shortest is how long a string is at least that names the person.
	shortest int
}

const (
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
	f := &Finder{shortest: math.MaxInt}
	for _, p := range patternsOf(s) {
		f.add(p)
	}
	f.words.index()
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

	p.first, p.last = edgeRunes(p.text)
	if p.edges == folderEdges || p.edges == segmentEdges {
		f.paths.add(p)
	} else {
		f.words.add(p)
	}
}

// Find reports what a JSON string, with its quotes, says of the person.
func (f *Finder) Find(raw []byte) document.Naming {
	if len(raw)-len(`""`) < f.shortest {
		return document.NotNamed
	}
	text := raw[1 : len(raw)-1]
	has := signsIn(text)
	if has&(marks|letters) == 0 {
		return f.search(text, has)
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
		has := signsIn(b.text)
		if has&letters != 0 {
			b.normalize()
			has = signsIn(b.text)
		}
		if found = max(found, f.search(b.text, has)); found == document.Named {
			return found
		}
		if has&marks == 0 || !b.decode() {
			break
		}
	}

	return found
}

// search looks for the names in a text as it stands.
func (f *Finder) search(text []byte, has signs) document.Naming {
	found := document.NotNamed
	for _, p := range f.exact {
		if len(text) == len(p.text) && p.matches(text) {
			found = max(found, p.naming)
		}
	}

	if found < document.Named {
		found = max(found, f.words.search(text))
	}
	if found < document.Named && has&slashes != 0 {
		found = max(found, f.paths.around(text, '/'))
	}
	if found < document.Named && has&(slashes|marks) == slashes|marks {
		found = max(found, f.paths.around(text, '\\'))
	}

	return found
}

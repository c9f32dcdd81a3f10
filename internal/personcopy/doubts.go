package personcopy

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"azureml-dsr/internal/dsr"
)

const (
	// maxDoubtful bounds the words that may name somebody.
	maxDoubtful = 200_000
	// shortestPart is how long the part of a name is at least to be looked for.
	shortestPart = 3
)

// doubtful is what may name somebody, and may as well not.
type doubtful struct {
	// namesakes reports whether somebody else has the subject's name.
	namesakes bool
	words     map[uint64]wordKind
	full      bool
}

// wordKind is what a word is of somebody.
type wordKind uint8

const (
	ownWord   wordKind = iota + 1 // of the subject's name
	shortWord                     // the whole name of somebody else, and too short to be sure
	partWord                      // the first or last name of somebody else
)

func newDoubtful() doubtful { return doubtful{words: map[uint64]wordKind{}} }

// note notes the words of a name. The subject's, which come first, are theirs.
func (d *doubtful) note(words []string, number int32) {
	kind, shortest := partWord, shortestPart
	switch {
	case number == own:
		kind, shortest = ownWord, 0
	case len(words) == 1 && len(words[0]) >= distinct:
		return // it is looked for as a name
	case len(words) == 1:
		kind, shortest = shortWord, 2
	}

	for _, w := range words {
		h := hashText(w)
		before, known := d.words[h]
		switch {
		case len(w) < shortest || isCommon[w] || !hasLetter(w):
		case known && (before <= kind):
		case !known && len(d.words) >= maxDoubtful:
			d.full = true
		default:
			d.words[h] = kind
		}
	}
}

func hasLetter(word string) bool {
	for _, r := range word {
		if unicode.IsLetter(r) {
			return true
		}
	}
	return false
}

// doubt is a text in which somebody may be named.
type doubt struct {
	rule    dsr.ReviewRule
	name    dsr.NamePlace
	pointer string
	spans   []span
}

// textAsking returns a text without other people, and asks about what is uncertain in it. name
// is of what the text is the name, "" for a value.
func (w *walk) textAsking(s string, name dsr.NamePlace, pointer func() jsontext.Pointer) string {
	if s == "" || (name == dsr.NameOfMember && w.plain[s]) {
		return s
	}
	if alias, ok := w.wholly(s); ok {
		return alias
	}

	kept := choose(w.spansOf(s, w.find), len(s))
	doubts := w.doubtsIn(s, kept)
	if name == dsr.NameOfMember && len(kept)+len(doubts) == 0 {
		w.plain.remember(s)
	}
	for _, d := range doubts {
		d.name, d.pointer = name, w.below+string(pointer())
		if w.ask(d) != dsr.VerdictRemove {
			continue
		}
		kept = slices.DeleteFunc(kept, func(k span) bool { return overlaps(d.spans, k) })
		for _, one := range d.spans {
			one.alias = anotherPerson
			kept = append(kept, one)
		}
	}
	slices.SortFunc(kept, func(a, b span) int { return a.from - b.from })

	return replace(s, kept)
}

// nameAsking is textAsking for a name that stands outside of the document.
func (p *People) nameAsking(s string, ask func(doubt) dsr.Verdict) string {
	w := walk{People: p, ask: ask}
	return w.textAsking(s, dsr.NameOfItem, func() jsontext.Pointer { return "" })
}

// doubtsIn returns what is uncertain in a text, apart from what is certain.
func (w *walk) doubtsIn(s string, certain []span) []doubt {
	var out []doubt
	if w.doubts.namesakes && !w.sure {
		own := slices.DeleteFunc(slices.Clone(certain), func(k span) bool { return k.alias != "" || k.rank != byName })
		if len(own) > 0 {
			out = append(out, doubt{rule: dsr.RuleNamesake, spans: own})
		}
	}

	found := choose(w.spansOf(s, func(v view) []span { return w.doubtfulWords(s, v) }), len(s))
	found = slices.DeleteFunc(found, func(one span) bool { return overlaps(certain, one) })
	for _, rule := range []dsr.ReviewRule{dsr.RuleShortName, dsr.RuleNamePart} {
		of := slices.DeleteFunc(slices.Clone(found), func(one span) bool { return one.alias != string(rule) })
		if len(of) > 0 {
			out = append(out, doubt{rule: rule, spans: of})
		}
	}

	return out
}

// doubtfulWords returns the words of a view that may name somebody. Their rule stands for an
// alias. A part of a name, and a name of two letters, count only if they begin with a capital
// letter in the text.
func (p *People) doubtfulWords(s string, v view) []span {
	if len(p.doubts.words) == 0 {
		return nil
	}
	var out []span
	for _, word := range v.words() {
		kind := p.doubts.words[hashText(word.text)]
		if kind != shortWord && kind != partWord {
			continue
		}
		rule := dsr.RuleShortName
		if kind == partWord {
			rule = dsr.RuleNamePart
		}
		one := v.span(word.from, word.to, byName, string(rule))
		if first, _ := utf8.DecodeRuneInString(s[one.from:]); (kind == partWord || len(word.text) < shortestPart) && !unicode.IsUpper(first) {
			continue
		}
		out = append(out, one)
	}
	return out
}

func overlaps(spans []span, one span) bool {
	return slices.ContainsFunc(spans, func(k span) bool { return k.from < one.to && one.from < k.to })
}

package personcopy

import (
	"strconv"
	"strings"
	"unicode"
)

const (
	// maxShown is how many documents of a section its page shows in words, maxFacts how much
	// of each, and maxText how much of a text.
	maxShown = 50
	maxFacts = 30
	maxText  = 160
)

// Fact is one value of a document with its name, for a person to read.
type Fact struct{ Name, Value string }

// factsOf returns what a document says, the first maxFacts of it.
func factsOf(doc []byte) []Fact {
	v, err := parse(doc)
	if err != nil {
		return nil
	}
	var out []Fact
	v.facts("", &out)
	return out
}

// facts appends what a value says under a name. What is empty says nothing.
func (v value) facts(name string, out *[]Fact) {
	if len(*out) == maxFacts {
		return
	}
	switch v.kind {
	case '{', '[':
		for i, inner := range v.inner {
			inner.facts(below(name, v, i), out)
		}
	case 'n':
	default:
		if v.plain != "" {
			*out = append(*out, Fact{shortened(name, maxText), shortened(v.plain, maxText)})
		}
	}
}

// below returns the name of a member of a value, or of an element.
func below(name string, v value, i int) string {
	inner := strconv.Itoa(i + 1)
	if v.kind == '{' {
		inner = inWords(v.members[i])
	}
	if name == "" {
		return inner
	}
	return name + ", " + inner
}

// inWords returns the name of a member as people write it: start time utc for startTimeUtc.
func inWords(name string) string {
	var out strings.Builder
	lower := false // whether the letter before was a small one
	for _, r := range name {
		switch {
		case r == '_' || r == '-':
			out.WriteByte(' ')
			lower = false
			continue
		case unicode.IsUpper(r) && lower:
			out.WriteByte(' ')
		}
		lower = unicode.IsLower(r) || unicode.IsDigit(r)
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}

// shortened returns a text as a page shows it.
func shortened(text string, most int) string {
	if len(text) <= most {
		return text
	}
	runes := []rune(text)
	return string(runes[:min(most, len(runes))]) + "…"
}

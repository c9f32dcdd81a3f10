package personcopy

import (
	"bytes"
	"html"
	"strconv"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxLevels is how many levels of escapes and encodings are undone.
const maxLevels = 8

// view is a text as it is searched: small letters without accents and without marks that
// nobody sees.
type view struct {
	text []byte
	// at is where each byte begins in the text that was given, and where that text ends; nil
	// where each stands in its own place.
	at []int32
}

// newView returns the view of a text as it stands.
func newView(s string) view { return view{text: []byte(s)}.folded() }

// place returns where a byte of the view, or its end, stands in the text that was given.
func (v view) place(i int) int {
	if v.at == nil {
		return i
	}
	return int(v.at[i])
}

// folded returns a view in small letters, without accents.
func (v view) folded() view {
	if isASCII(v.text) {
		return view{bytes.ToLower(v.text), v.at}
	}

	out := v.rewritten()
	for i := 0; i < len(v.text); {
		r, size := utf8.DecodeRune(v.text[i:])
		for _, plain := range norm.NFKD.String(string(r)) {
			if !unicode.Is(unicode.Mn, plain) && !unicode.Is(unicode.Cf, plain) {
				out.add(utf8.AppendRune(nil, unicode.ToLower(plain)), v.place(i))
			}
		}
		i += size
	}

	return out.until(v.place(len(v.text)))
}

// rewritten returns an empty view that will be about as long.
func (v view) rewritten() view {
	return view{make([]byte, 0, len(v.text)), make([]int32, 0, len(v.text)+1)}
}

// add appends bytes that stand for what begins at a place of the text that was given.
func (v *view) add(text []byte, place int) {
	v.text = append(v.text, text...)
	for range text {
		v.at = append(v.at, int32(place)) //nolint:gosec // documents are shorter
	}
}

// until ends a view where the text that was given ends.
func (v view) until(end int) view {
	v.at = append(v.at, int32(end)) //nolint:gosec // documents are shorter
	return v
}

// decoded undoes one level of escapes, percent-encoding and character references; false
// where there is none.
func (v view) decoded() (view, bool) {
	if !bytes.ContainsAny(v.text, `\%&`) {
		return v, false
	}

	out, changed := v.rewritten(), false
	for i := 0; i < len(v.text); {
		text, size := unescape(v.text[i:])
		if size == 0 {
			text, size = v.text[i:i+1], 1
		} else {
			changed = true
		}
		out.add(text, v.place(i))
		i += size
	}
	if !changed {
		return v, false
	}

	return out.until(v.place(len(v.text))).folded(), true
}

// unescape returns what an escape at the beginning of a text stands for, and how long the
// escape is; 0 for none. Of a letter outside ASCII that is percent-encoded it is one byte.
func unescape(s []byte) (plain []byte, size int) {
	switch s[0] {
	case '%':
		if b, ok := hexNumber(s, 1, 3); ok {
			return []byte{byte(b)}, 3
		}
	case '&':
		return dereference(s)
	case '\\':
		if len(s) < 2 {
			return nil, 0
		}
		switch s[1] {
		case '"', '\\', '/', '\'':
			return s[1:2], 2
		case 'n', 'r', 't', 'b', 'f':
			return []byte{' '}, 2
		case 'x':
			if r, ok := hexNumber(s, 2, 4); ok {
				return utf8.AppendRune(nil, r), 4
			}
		case 'u':
			if r, ok := hexNumber(s, 2, 6); ok {
				return utf8.AppendRune(nil, r), 6
			}
		}
	}
	return nil, 0
}

func hexNumber(s []byte, from, to int) (rune, bool) {
	if len(s) < to {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s[from:to]), 16, 32)
	return rune(n), err == nil
}

// dereference reads a character reference of HTML.
func dereference(s []byte) (plain []byte, size int) {
	const longest = 12
	end := bytes.IndexByte(s[:min(len(s), longest)], ';')
	if end < 0 {
		return nil, 0
	}
	reference := string(s[:end+1])
	text := html.UnescapeString(reference)
	if text == reference {
		return nil, 0
	}
	return []byte(text), end + 1
}

func isASCII(text []byte) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// word is a run of letters and digits of a view, and where it stands there.
type word struct {
	text     string
	from, to int
}

// words returns the words of a view.
func (v view) words() []word {
	var out []word
	from := -1
	for i := 0; i <= len(v.text); {
		r, size := utf8.DecodeRune(v.text[i:])
		isLetter := i < len(v.text) && (unicode.IsLetter(r) || unicode.IsDigit(r))
		switch {
		case isLetter && from < 0:
			from = i
		case !isLetter && from >= 0:
			out, from = append(out, word{string(v.text[from:i]), from, i}), -1
		}
		i += max(size, 1)
	}
	return out
}

func wordsOf(s string) []string {
	var out []string
	for _, w := range newView(s).words() {
		out = append(out, w.text)
	}
	return out
}

package mention

import (
	"bytes"
	"html"
	"strconv"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/text/unicode/norm"
)

// maxKept is how large a buffer may be that is used again.
const maxKept = 64 << 10

// buffer holds a text while its escapes and encodings are undone.
type buffer struct{ text, spare []byte }

var buffers = sync.Pool{New: func() any { return new(buffer) }}

func takeBuffer() *buffer { return buffers.Get().(*buffer) }

func (b *buffer) release() {
	if cap(b.text) <= maxKept && cap(b.spare) <= maxKept {
		buffers.Put(b)
	}
}

// unquote takes in a JSON string.
func (b *buffer) unquote(raw []byte) {
	if bytes.IndexByte(raw, '\\') < 0 {
		b.text = append(b.text[:0], raw[1:len(raw)-1]...)
		return
	}
	b.text, _ = jsontext.AppendUnquote(b.text[:0], raw) // invalid UTF-8 is replaced, which names nobody
}

// normalize spells letters outside ASCII in one way: composed, small, and without marks
// that nobody sees.
func (b *buffer) normalize() {
	b.compose()
	b.spare = appendSmall(b.spare[:0], b.text)
	b.text, b.spare = b.spare, b.text
	b.compose()
}

// compose joins letters with their accents, and replaces variants of letters.
func (b *buffer) compose() {
	if !norm.NFKC.IsNormal(b.text) {
		b.spare = norm.NFKC.Append(b.spare[:0], b.text...)
		b.text, b.spare = b.spare, b.text
	}
}

// plainText returns a name as normalize leaves it, in small letters.
func plainText(name string) string {
	b := buffer{text: []byte(name)}
	b.normalize()
	return string(bytes.ToLower(b.text))
}

// appendSmall appends a text in which letters outside ASCII are small ones.
func appendSmall(out, text []byte) []byte {
	for len(text) > 0 {
		if c := text[0]; c < utf8.RuneSelf {
			out, text = append(out, c), text[1:]
			continue
		}
		r, size := utf8.DecodeRune(text)
		if !unicode.Is(unicode.Cf, r) {
			out = utf8.AppendRune(out, unicode.ToLower(r))
		}
		text = text[size:]
	}
	return out
}

// decode undoes one more level of escapes, percent-encoding and character references;
// false where there is none. It writes no faster than it reads.
func (b *buffer) decode() bool {
	out, changed := b.text[:0], false
	for rest := b.text; len(rest) > 0; {
		plain := 0
		for plain < len(rest) && signsOf[rest[plain]]&marks == 0 {
			plain++
		}
		out, rest = append(out, rest[:plain]...), rest[plain:]
		if len(rest) == 0 {
			break
		}

		r, n := rune(rest[0]), 0
		switch rest[0] {
		case '\\':
			r, n = unescape(rest)
		case '%':
			r, n = unpercent(rest)
		case '&':
			r, n = dereference(rest)
		}

		switch {
		case n == 0:
			out = append(out, rest[0])
			n = 1
		case rest[0] == '%':
			out = append(out, byte(r)) // of a letter outside ASCII it is one byte
			changed = true
		default:
			out = utf8.AppendRune(out, r)
			changed = true
		}
		rest = rest[n:]
	}
	b.text = out

	return changed
}

// unescape reads an escape of JSON, or of a language that has the same ones. n is 0
// where there is none.
func unescape(s []byte) (r rune, n int) {
	if len(s) < 2 {
		return 0, 0
	}
	switch c := s[1]; c {
	case '"', '\\', '/', '\'':
		return rune(c), 2
	case 'n', 'r', 't', 'b', 'f':
		return '\n', 2 // white space, whichever
	case 'x':
		return hexRune(s, 2, 4)
	case 'u':
		r, n = hexRune(s, 2, 6)
		if high := r; n > 0 && high >= 0xd800 && high < 0xdc00 && len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
			if low, m := hexRune(s, 8, 12); m > 0 && low >= 0xdc00 && low < 0xe000 {
				return (high-0xd800)<<10 + (low - 0xdc00) + 0x10000, 12
			}
		}
		return r, n
	}
	return 0, 0
}

// hexRune reads hexadecimal digits up to a place, which is also the length of the escape.
func hexRune(s []byte, from, to int) (r rune, n int) {
	if len(s) < to {
		return 0, 0
	}
	v, err := strconv.ParseUint(string(s[from:to]), 16, 32)
	if err != nil {
		return 0, 0
	}
	return rune(v), to
}

func unpercent(s []byte) (r rune, n int) { return hexRune(s, 1, 3) }

// dereference reads a character reference of HTML or XML.
func dereference(s []byte) (r rune, n int) {
	const longest = 12
	end := bytes.IndexByte(s[:min(len(s), longest)], ';')
	if end < 0 {
		return 0, 0
	}
	reference := string(s[:end+1])
	text := html.UnescapeString(reference)
	r, size := utf8.DecodeRuneInString(text)
	if text == reference || size != len(text) || size > len(reference) {
		return 0, 0
	}
	return r, end + 1
}

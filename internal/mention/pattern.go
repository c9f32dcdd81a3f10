package mention

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"azureml-dsr/internal/document"
)

// pattern is one spelling of a name.
type pattern struct {
	text   string // as plainText returns it
	naming document.Naming
	edges  edges
	loose  bool   // whether signs that may part words are as good as one another
	plus   string // of an address with a tag: what stands before the tag and the text
	slash  int    // where its slash is, if it is looked for in paths
	// first and last are the text's own runes at its ends.
	first, last rune
}

// edges are the rules for what may stand before and behind a name.
type edges uint8

const (
	// wordEdges lets no letter and no digit touch the name.
	wordEdges edges = iota
	// hexEdges lets no hexadecimal digit touch it.
	hexEdges
	// mailEdges is wordEdges, and where it may be the end or the beginning of another
	// address, it is only possibly the person's.
	mailEdges
	// folderEdges makes the end of the name that of a path's segment.
	folderEdges
	// segmentEdges makes the name a whole segment of a path.
	segmentEdges
)

// matches reports whether a text begins with the pattern.
func (p *pattern) matches(text []byte) bool {
	if len(text) < len(p.text) {
		return false
	}
	table := &lower
	if p.loose {
		table = &class
	}
	for i := range len(p.text) {
		if table[text[i]] != table[p.text[i]] {
			return false
		}
	}
	return true
}

// within returns what the pattern says that stands at a place of a text.
func (p *pattern) within(text []byte, at int) document.Naming {
	before, behind := text[:at], text[at+len(p.text):]
	if p.plus != "" {
		tagged := bytes.TrimRightFunc(before, func(r rune) bool {
			return r < utf8.RuneSelf && (isAlphanumeric(byte(r)) || strings.ContainsRune("._-", r))
		})
		begin := len(tagged) - len(p.plus)
		if begin < 0 || !bytes.EqualFold(tagged[begin:], []byte(p.plus)) {
			return document.NotNamed
		}
		before = tagged[:begin]
	}

	switch p.edges {
	case hexEdges:
		if (len(before) > 0 && isHex(before[len(before)-1])) || (len(behind) > 0 && isHex(behind[0])) {
			return document.NotNamed
		}
		return p.naming
	case segmentEdges:
		return p.segment(before, behind)
	}

	if p.bindsBefore(before) || p.bindsBehind(behind) {
		return document.NotNamed
	}
	switch {
	case p.edges == mailEdges && (continues(reversed(before)) || continues(behind)):
		return document.PossiblyNamed
	case p.edges == folderEdges && (continues(behind) || bytes.HasPrefix(behind, []byte("@"))):
		return document.NotNamed
	default:
		return p.naming
	}
}

// segment is within for a segment of a path, whose slash stands before or behind it.
func (p *pattern) segment(before, behind []byte) document.Naming {
	far, binds := behind, p.bindsBehind(behind)
	if p.text[len(p.text)-1] == '/' {
		far, binds = reversed(before), p.bindsBefore(before)
		if len(before) > 0 && lower[before[len(before)-1]] == '/' {
			return p.naming
		}
	}
	if binds || continues(far) || (len(far) > 0 && far[0] == '@') {
		return document.NotNamed
	}
	return p.naming
}

// continues reports whether a text goes on, behind a sign that joins words, with a word.
func continues(text []byte) bool {
	return len(text) > 1 && strings.IndexByte("._+-", text[0]) >= 0 && isAlphanumeric(text[1])
}

// reversed returns the last two bytes of a text, the last one first.
func reversed(text []byte) []byte {
	n := len(text)
	if n < 2 {
		return nil
	}
	return []byte{text[n-1], text[n-2]}
}

// bindsBefore reports whether the letter before a name makes it the end of another word.
func (p *pattern) bindsBefore(before []byte) bool {
	if len(before) == 0 {
		return false
	}
	r, _ := utf8.DecodeLastRune(before)
	return partsWords(p.first) && bindsWord(r)
}

// bindsBehind reports whether the letter behind a name makes it the beginning of another
// word.
func (p *pattern) bindsBehind(behind []byte) bool {
	if len(behind) == 0 {
		return false
	}
	r, _ := utf8.DecodeRune(behind)
	return partsWords(p.last) && bindsWord(r)
}

// bindsWord reports whether a letter or digit belongs to the word that it touches.
func bindsWord(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)) && partsWords(r)
}

// partsWords reports whether a letter's script has signs between words.
func partsWords(r rune) bool {
	return r < 0x0e00 || !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

func edgeRunes(text string) (first, last rune) {
	first, _ = utf8.DecodeRuneInString(text)
	last, _ = utf8.DecodeLastRuneInString(text)
	return first, last
}

func isAlphanumeric(c byte) bool {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
}

func isHex(c byte) bool {
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')
}

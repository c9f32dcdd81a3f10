package personcopy

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// address is the form of a mail address or a sign-in name, a guest's included. The sign in
// the middle may be percent-encoded, as in links.
var address = regexp.MustCompile(`(?i)[\pL\pN._%+'#\-]*[\pL\pN_#](?:@|%40)[\pL\pN\-]+(?:\.[\pL\pN\-]+)*`)

// identifier is the form of an object id, with or without hyphens, or of a PUID.
var identifier = regexp.MustCompile(`(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}|\b[0-9a-f]{16}\b`)

// text returns a text without the addresses, the identifiers and the known names of other
// people.
func (p *People) text(s string) string {
	if len(s) < shortestName {
		return s
	}
	if _, known := p.numbers[fold(s)]; known && !p.isOwn(s) {
		return p.alias(s)
	}

	if strings.ContainsAny(s, "@%") {
		s = address.ReplaceAllStringFunc(s, p.address)
	}
	s = identifier.ReplaceAllStringFunc(s, p.identifier)

	return p.withoutNames(s)
}

func (p *People) address(found string) string {
	plain := strings.NewReplacer("%40", "@", "%2B", "+", "%2b", "+", "%23", "#").Replace(found)
	if p.isOwn(plain) || p.isOwn(strings.TrimLeft(plain, "'.-#%+")) {
		return found
	}
	return p.alias(plain)
}

// identifier replaces an id that is known as another person's. Others are those of
// resources.
func (p *People) identifier(found string) string {
	if p.numbers[fold(found)] > 0 {
		return p.alias(found)
	}
	if len(found) == 32 {
		hyphened := strings.Join([]string{found[:8], found[8:12], found[12:16], found[16:20], found[20:]}, "-")
		if p.numbers[fold(hyphened)] > 0 {
			return p.alias(hyphened)
		}
	}
	return found
}

// withoutNames replaces the known names of other people, whatever stands between their
// words, as in Grace Hopper, grace.hopper and grace%20hopper.
func (p *People) withoutNames(s string) string {
	if len(p.names) == 0 {
		return s
	}
	words := locate(s)

	var out strings.Builder
	at := 0
	for i := 0; i < len(words); i++ {
		found, ok := p.nameAt(words[i:])
		if !ok {
			continue
		}
		last := words[i+len(found.words)-1]
		out.WriteString(s[at:words[i].from] + numbered(found.number))
		at, i = last.to, i+len(found.words)-1
	}

	return out.String() + s[at:]
}

// nameAt returns the longest known name that begins at the first word.
func (p *People) nameAt(words []word) (name, bool) {
	var best name
	for _, n := range p.names[words[0].text] {
		if len(n.words) > len(words) || len(n.words) <= len(best.words) {
			continue
		}
		same := slices.EqualFunc(n.words, words[:len(n.words)], func(a string, b word) bool { return a == b.text })
		if same {
			best = n
		}
	}
	return best, len(best.words) > 0
}

// word is a run of letters and digits, in small letters, and where it stands.
type word struct {
	text     string
	from, to int
}

// locate returns the words of a text. What percent-encodes a blank parts words.
func locate(s string) []word {
	var out []word
	from := -1
	end := func(to int) {
		if from >= 0 {
			out = append(out, word{strings.ToLower(s[from:to]), from, to})
		}
		from = -1
	}

	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if strings.HasPrefix(s[i:], "%20") || strings.HasPrefix(s[i:], "%2F") {
			end(i)
			i += len("%20")
			continue
		}
		isLetter := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
		if isLetter && from < 0 {
			from = i
		}
		if !isLetter {
			end(i)
		}
		i += size
	}
	end(len(s))

	return out
}

func wordsOf(s string) []string {
	var out []string
	for _, w := range locate(s) {
		out = append(out, w.text)
	}
	return out
}

package personcopy

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// address returns the form of a mail address or a sign-in name in a view, a guest's included.
// Its letters are a large table, which no start of a process should wait for.
var address = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[\pL\pN._%+'#\-]*[\pL\pN_#]@[\pL\pN\-]+(?:\.[\pL\pN\-]+)*\.\pL[\pL\pN\-]*`)
})

// folder is a person's folder in a path of a view.
var folder = regexp.MustCompile(`(?:\busers|\bhome)[/\\]+([^/\\?#"'<>|:;, ]+)`)

// rank is how surely a place in a text is a person's; the greater one outweighs the other.
type rank uint8

const (
	byName rank = iota
	byFolder
	byID
	byAddress
)

// span is a place in a text that is a person's.
type span struct {
	from, to int
	rank     rank
	alias    string // "" for the subject's own, which stays
}

// text returns a text without the addresses, the identifiers and the names of other people.
// It looks at the text as it stands, and at each level of its escapes and encodings.
func (p *People) text(s string) string {
	if s == "" {
		return s
	}
	if alias, ok := p.wholly(s); ok {
		return alias
	}
	return replace(s, choose(p.spansOf(s, p.find), len(s)))
}

// wholly returns what stands for a text that is nothing but somebody else's identifier or
// name.
func (p *People) wholly(s string) (alias string, ok bool) {
	n := p.numbers[hashText(fold(s))]
	if n <= 0 || p.isOwn(s) || p.isOwnName(s) {
		return "", false
	}
	return numbered(n), true
}

// spansOf returns what is found in a text as it stands, and at each level of its escapes.
func (p *People) spansOf(s string, find func(view) []span) []span {
	v := newView(s)
	spans := find(v)
	for range maxLevels {
		var more bool
		if v, more = v.decoded(); !more {
			break
		}
		spans = append(spans, find(v)...)
	}
	return spans
}

// choose returns those places of a text of a length that count, in their order. Where places
// overlap, the surer one counts, then the longer one, then the subject's own.
func choose(spans []span, length int) []span {
	slices.SortStableFunc(spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(b.rank, a.rank), cmp.Compare(b.to-b.from, a.to-a.from), cmp.Compare(a.alias, b.alias))
	})
	var kept []span
	taken := make([]bool, length)
	for _, one := range spans {
		if !slices.Contains(taken[one.from:one.to], true) {
			kept = append(kept, one)
			for i := one.from; i < one.to; i++ {
				taken[i] = true
			}
		}
	}

	slices.SortFunc(kept, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	return kept
}

// replace puts aliases into the places of a text, which are in order.
func replace(s string, kept []span) string {
	if len(kept) == 0 {
		return s
	}

	var out strings.Builder
	at := 0
	for _, k := range kept {
		if k.alias == "" {
			continue
		}
		out.WriteString(s[at:k.from] + k.alias)
		at = k.to
	}

	return out.String() + s[at:]
}

// find returns the places of a view that are somebody's.
func (p *People) find(v view) []span {
	var out []span
	if bytes.IndexByte(v.text, '@') >= 0 {
		for _, at := range address().FindAllIndex(v.text, -1) {
			out = append(out, p.address(v, at[0], at[1]))
		}
	}
	out = append(out, p.ids(v)...)
	out = append(out, p.namesIn(v)...)
	if bytes.Contains(v.text, []byte("users")) || bytes.Contains(v.text, []byte("home")) {
		for _, at := range folder.FindAllSubmatchIndex(v.text, -1) {
			out = p.folder(out, v, at[2], at[3])
		}
	}
	return out
}

func (v view) span(from, to int, r rank, alias string) span {
	return span{v.place(from), v.place(to), r, alias}
}

// address judges an address. What stands before it may cling to it.
func (p *People) address(v view, from, to int) span {
	found := string(v.text[from:to])
	plain := strings.TrimLeft(found, "'.-#%+_")
	for _, id := range spellings(plain, nil) {
		local, domain, _ := strings.Cut(id, "@")
		untagged, _, _ := strings.Cut(local, "+")
		if p.isOwn(id) || p.isOwn(untagged+"@"+domain) {
			return v.span(from, to, byAddress, "")
		}
	}
	if strings.HasPrefix(plain, "git@") {
		return v.span(from, to, byAddress, "") // the user of every repository's host
	}
	for _, id := range spellings(plain, nil) {
		if n := p.numbers[hashText(fold(id))]; n > 0 {
			return v.span(from, to, byAddress, numbered(n))
		}
	}
	return v.span(from, to, byAddress, p.alias(plain))
}

// ids returns the places of object ids, with or without hyphens, and of PUIDs. Ids that no
// record has are those of resources.
func (p *People) ids(v view) []span {
	const hyphened, puid = compactLength + 4, 16
	var out []span
	run := 0 // how many digits stand before
	for i := 0; i <= len(v.text); i++ {
		if i < len(v.text) && isHexDigit(v.text[i]) {
			run++
			for _, n := range []int{compactLength, puid} {
				if run >= n {
					out = p.id(out, v, i+1-n, i+1)
				}
			}
			continue
		}
		run = 0
		if i+hyphened-8 <= len(v.text) && i >= 8 && v.text[i] == '-' {
			if id := v.text[i-8 : i-8+hyphened]; compactID(string(id)) != "" {
				out = p.id(out, v, i-8, i-8+hyphened)
			}
		}
	}
	return out
}

func (p *People) id(out []span, v view, from, to int) []span {
	id := v.text[from:to]
	if to-from > compactLength {
		id = bytes.ReplaceAll(id, []byte("-"), nil)
	}
	if p.mine[string(id)] {
		return append(out, v.span(from, to, byID, ""))
	}
	if n := p.numbers[hashText(id)]; n > 0 {
		return append(out, v.span(from, to, byID, numbered(n)))
	}
	return out
}

// namesIn returns the places of names, whatever stands between their words, as in Grace
// Hopper, grace.hopper and Hopper, Grace.
func (p *People) namesIn(v view) []span {
	if len(p.names) == 0 {
		return nil
	}
	words := v.words()
	var out []span
	for i := range words {
		lengths := p.lengths[hashText(words[i].text)]
		for n := min(maxWords, len(words)-i); n > 0; n-- {
			if lengths&(1<<(n-1)) == 0 {
				continue
			}
			switch number := p.names[hashText(joined(words[i:i+n]))]; number {
			case 0:
				continue
			case own:
				out = append(out, v.span(words[i].from, words[i+n-1].to, byName, ""))
			default:
				out = append(out, v.span(words[i].from, words[i+n-1].to, byName, numbered(number)))
			}
			break
		}
	}
	return out
}

func joined(words []word) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.text
	}
	return strings.Join(texts, " ")
}

// folder judges the folder of somebody below Users.
func (p *People) folder(out []span, v view, from, to int) []span {
	name := string(v.text[from:to])
	if isCommon[name] {
		return out
	}
	switch n := p.folders[hashText(strings.Join(wordsOf(name), " "))]; {
	case n == own || p.isOwn(name):
		return append(out, v.span(from, to, byFolder, ""))
	case n > 0:
		return append(out, v.span(from, to, byFolder, numbered(n)))
	default:
		return append(out, v.span(from, to, byFolder, p.alias("users/"+name)))
	}
}

package personcopy

import (
	"fmt"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

// maxPeople bounds how many identifiers of other people are told apart. Those beyond it
// are redacted without a number.
const maxPeople = 100_000

// shortestName is how long a display name is at least, in bytes, to be looked for in texts.
const shortestName = 3

// People are the other people that an archive names. Each has a number, which follows from
// the order in which they are first met, so the same archive gives the same numbers.
type People struct {
	own     map[string]bool   // the subject's identifiers, in small letters
	numbers map[string]int    // another's identifier, in small letters, and their number
	names   map[string][]name // by the first word
	last    int
}

// name is a display name, or the local part of an address, in words.
type name struct {
	words  []string
	number int
}

// NewPeople returns the people of an archive about a subject, without anybody yet.
func NewPeople(s dsr.Subject) *People {
	p := &People{
		own:     map[string]bool{},
		numbers: map[string]int{},
		names:   map[string][]name{},
	}
	for _, id := range append([]string{s.ObjectID, s.UserPrincipalName, s.PUID, s.DisplayName}, s.Mail...) {
		if id = fold(id); id != "" {
			p.own[id] = true
			p.own[strings.Join(wordsOf(id), " ")] = true
		}
	}
	return p
}

// Meet notes another person by their identifiers, any of which may be empty, and by their
// display names. One of the subject's own identifiers makes it the subject, who is not
// noted; a display name alone does not, because namesakes share it.
func (p *People) Meet(ids, displayNames []string) {
	for _, id := range ids {
		if p.isOwn(id) {
			return
		}
	}

	number := p.known(ids)
	if number == 0 && len(displayNames) > 0 && strings.Join(ids, "") == "" {
		number = p.known(displayNames)
	}
	if number == 0 {
		p.last++
		number = p.last
	}

	for _, id := range slices.Concat(ids, displayNames) {
		p.note(id, number)
	}
	for _, text := range slices.Concat(displayNames, localParts(ids)) {
		p.noteName(text, number)
	}
}

// known returns the number of the first identifier that has one, 0 for none.
func (p *People) known(ids []string) int {
	for _, id := range ids {
		if n := p.numbers[fold(id)]; n > 0 {
			return n
		}
	}
	return 0
}

func (p *People) note(id string, number int) {
	id = fold(id)
	if id == "" || p.own[id] || p.numbers[id] > 0 || len(p.numbers) >= maxPeople {
		return
	}
	p.numbers[id] = number
}

func (p *People) noteName(text string, number int) {
	words := wordsOf(text)
	if len(words) == 0 || len(text) < shortestName || p.own[strings.Join(words, " ")] || (len(words) == 1 && !isDistinct(words[0])) {
		return
	}
	for _, known := range p.names[words[0]] {
		if strings.Join(known.words, " ") == strings.Join(words, " ") {
			return
		}
	}
	p.names[words[0]] = append(p.names[words[0]], name{words, number})
}

// isDistinct reports whether a single word is a name that texts hardly have by chance.
func isDistinct(word string) bool { return len(word) >= 6 }

// isOwn reports whether an identifier is the subject's.
func (p *People) isOwn(id string) bool { return p.own[fold(id)] }

// alias returns what stands for an identifier of another person. It numbers one that is
// met for the first time.
func (p *People) alias(id string) string {
	if n := p.numbers[fold(id)]; n > 0 {
		return numbered(n)
	}
	if len(p.numbers) >= maxPeople {
		return anotherPerson
	}
	p.last++
	p.note(id, p.last)
	return numbered(p.last)
}

func numbered(n int) string { return fmt.Sprintf("person-%d", n) }

// localParts returns what stands before the @ of addresses.
func localParts(ids []string) []string {
	var out []string
	for _, id := range ids {
		local, _, isAddress := strings.Cut(id, "@")
		if local, _, _ = strings.Cut(local, "#"); isAddress && local != "" {
			out = append(out, local)
		}
	}
	return out
}

func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

package personcopy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

// ErrTooManyPeople means that an archive names more people than memory allows. There is no copy
// then, since it might miss somebody.
var ErrTooManyPeople = errors.New("the archive names too many people to take them all out")

const (
	// maxKnown bounds the identifiers and names of other people.
	maxKnown = 300_000
	// maxOwn bounds the identifiers of the subject.
	maxOwn = 1000
	// maxWords is how many words of a name count.
	maxWords = 8
	// distinct is how long a single word is at least to be a name that texts hardly have
	// by chance.
	distinct = 6
)

// own stands for the subject in the place of a number.
const own = -1

// People are the other people that an archive names. Each has a number, by the order in which
// they first appear, so the same archive gives the same numbers. Only hashes of their
// identifiers and names are held.
type People struct {
	subject dsr.Subject
	mine    map[string]bool  // the subject's identifiers, folded
	numbers map[uint64]int32 // of an identifier
	names   map[uint64]int32 // of the words of a name; own for the subject's
	lengths map[uint64]uint8 // by a name's first word: a bit for each number of words less one
	folders map[uint64]int32 // of the names of folders below Users
	last    int32
	full    bool

	doubts   doubtful
	plain    plain
	ownNames []string // of each of the subject's names the longest word
}

// NewPeople returns the people of an archive about a subject. It knows nobody else yet.
func NewPeople(s dsr.Subject) *People {
	p := &People{
		subject: s,
		mine:    map[string]bool{},
		numbers: map[uint64]int32{},
		names:   map[uint64]int32{},
		lengths: map[uint64]uint8{},
		folders: map[uint64]int32{},
		doubts:  newDoubtful(),
		plain:   plain{},
	}

	for _, given := range append([]string{s.ObjectID, s.UserPrincipalName, s.PUID}, s.Mail...) {
		if given != "" {
			p.claim(given, []string{s.TenantID})
		}
	}
	p.noteName(s.DisplayName, own)
	p.noteFolder(s.DisplayName, own)

	return p
}

// Err returns ErrTooManyPeople once somebody could not be noted.
func (p *People) Err() error {
	if p.full {
		return fmt.Errorf("%w: more than %d names and identifiers", ErrTooManyPeople, maxKnown)
	}
	return nil
}

// Others returns the number of other people found so far.
func (p *People) Others() int { return int(p.last) }

// whose is whom a record is about.
type whose uint8

const (
	nobodys whose = iota
	subjects
	anothers
)

// judge returns whom a record is about. A global id decides, then the object id, then the
// rest: a sign-in name beside another's object id is one that was given to somebody new. A
// display name alone says nothing.
func (p *People) judge(r record) whose {
	isMine := func(ids []string) bool {
		return slices.ContainsFunc(ids, func(id string) bool {
			return slices.ContainsFunc(spellings(id, r.tenants), p.isOwn)
		})
	}

	switch {
	case isMine(r.globals):
		return subjects
	case p.subject.ObjectID != "" && len(r.objects) > 0:
		if slices.ContainsFunc(r.objects, p.isOwn) {
			return subjects
		}
		return anothers
	case isMine(r.ids) || slices.ContainsFunc(r.objects, p.isOwn) || isMine(r.names):
		return subjects
	case len(r.objects)+len(r.globals)+len(r.ids) > 0:
		return anothers
	default:
		return nobodys
	}
}

// recognize notes what else a record calls the subject, whom it names by an object id or a
// global id. A record in which an id is somebody else's says nothing, and none may that people
// can write: it could call anybody the subject, who would then not be taken out.
func (p *People) recognize(r record) {
	byID := slices.ContainsFunc(r.objects, p.isOwn)
	for _, id := range r.globals {
		byID = byID || slices.ContainsFunc(spellings(id, r.tenants), p.isOwn)
	}
	if !byID || slices.ContainsFunc(r.objects, func(id string) bool { return !p.isOwn(id) }) {
		return
	}
	for _, id := range slices.Concat(r.globals, r.ids) {
		p.claim(id, r.tenants)
	}
	for _, name := range r.names {
		p.noteName(name, own)
		p.noteFolder(name, own)
	}
}

// claim notes an identifier of the subject.
func (p *People) claim(id string, tenants []string) {
	if len(p.mine) >= maxOwn {
		return
	}
	for _, spelling := range spellings(id, tenants) {
		p.mine[fold(spelling)] = true
	}
	p.noteName(localPart(id), own)
	p.noteFolder(localPart(id), own)
	if user, _, guest := strings.Cut(strings.ToUpper(id), "#EXT#"); guest {
		p.noteFolder(id[:len(user)], own)
		p.noteName(id[:len(user)], own)
	}
}

// meet notes another person. What is the subject's is never noted.
func (p *People) meet(r record) {
	given := len(r.names)
	r.names = slices.DeleteFunc(slices.Clone(r.names), p.isOwnName) // namesakes
	judged := p.judge(r)
	if judged == subjects || r.isEmpty() {
		return
	}
	if judged == anothers && len(r.names) < given {
		p.doubts.namesakes = true
	}
	ids := slices.Concat(r.objects, r.globals, r.ids)
	number := p.known(ids)
	if number == 0 && len(ids) == 0 {
		number = p.known(r.names)
	}
	if number == 0 {
		p.last++
		number = p.last
	}

	for _, id := range ids {
		for _, spelling := range spellings(id, append(r.tenants, p.subject.TenantID)) {
			p.note(spelling, number)
		}
		p.noteFolder(localPart(id), number)
		if local := localPart(id); local != "" {
			p.noteName(local, number)
		} else if fold(id) == strings.ToLower(id) { // no object id
			p.noteName(id, number)
		}
		if user, _, guest := strings.Cut(strings.ToUpper(id), "#EXT#"); guest {
			p.noteFolder(id[:len(user)], number)
			p.noteName(id[:len(user)], number)
		}
	}
	for _, name := range r.names {
		p.note(name, number)
		p.noteName(name, number)
		p.noteFolder(name, number)
	}
}

// known returns the number of the first identifier that has one, 0 for none.
func (p *People) known(ids []string) int32 {
	for _, id := range ids {
		if n := p.numbers[hashText(fold(id))]; n > 0 {
			return n
		}
	}
	return 0
}

func (p *People) note(id string, number int32) {
	id = fold(id)
	if id == "" || p.mine[id] || id == fold(p.subject.TenantID) || (p.isOwnName(id) && !strings.Contains(id, "@")) {
		return
	}
	if h := hashText(id); p.numbers[h] == 0 && p.room() {
		p.numbers[h] = number
	}
}

// noteName notes a name in the orders in which texts may have its words.
func (p *People) noteName(text string, number int32) {
	words := wordsOf(text)
	p.doubts.note(words, number)
	if longest := longestOf(words); number == own && longest != "" {
		p.noteOwnName(longest)
	}
	if len(words) == 0 || len(words) > maxWords || (len(words) == 1 && (len(words[0]) < distinct || isCommon[words[0]])) {
		return
	}
	p.noteWords(words, number)
	if n := len(words); n > 1 {
		p.noteWords(slices.Concat(words[n-1:], words[:n-1]), number)
		p.noteWords(slices.Concat(words[1:], words[:1]), number)
		if joined := strings.Join(words, ""); len(joined) >= distinct {
			p.noteWords([]string{joined}, number)
		}
	}
}

// noteOwnName notes a word of the subject's name once, however many documents have it.
func (p *People) noteOwnName(word string) {
	if len(p.ownNames) < maxOwn && !slices.Contains(p.ownNames, word) {
		p.ownNames = append(p.ownNames, word)
	}
}

func longestOf(words []string) (longest string) {
	for _, w := range words {
		if len(w) > len(longest) {
			longest = w
		}
	}
	return longest
}

// isCommon are words of accounts that are no names.
var isCommon = map[string]bool{"azureml": true, "microsoft": true, "system": true, "service": true, "azureuser": true, "unknown": true, "default": true}

func (p *People) noteWords(words []string, number int32) {
	h := hashText(strings.Join(words, " "))
	if p.names[h] == own || (p.names[h] > 0 && number != own) || !p.room() {
		return
	}
	p.names[h] = number
	p.lengths[hashText(words[0])] |= 1 << (len(words) - 1)
}

func (p *People) noteFolder(name string, number int32) {
	h := hashText(strings.Join(wordsOf(name), " "))
	if name != "" && (p.folders[h] == 0 || number == own) && p.room() {
		p.folders[h] = number
	}
}

func (p *People) isOwnName(text string) bool {
	return p.names[hashText(strings.Join(wordsOf(text), " "))] == own
}

// areOwn reports whether there are identifiers, and all are the subject's.
func (p *People) areOwn(ids []string) bool {
	return len(ids) > 0 && !slices.ContainsFunc(ids, func(id string) bool { return !p.isOwn(id) })
}

// areOwnNames is areOwn for display names.
func (p *People) areOwnNames(names []string) bool {
	return len(names) > 0 && !slices.ContainsFunc(names, func(name string) bool { return !p.isOwnName(name) })
}

func (p *People) room() bool {
	if len(p.numbers)+len(p.names)+len(p.folders) >= maxKnown {
		p.full = true
	}
	return !p.full
}

// isOwn reports whether an identifier is the subject's.
func (p *People) isOwn(id string) bool { return p.mine[fold(id)] }

// alias returns what stands for an identifier of another person. It numbers one that is
// met for the first time.
func (p *People) alias(id string) string {
	h := hashText(fold(id))
	if n := p.numbers[h]; n > 0 {
		return numbered(n)
	}
	if len(p.numbers)+len(p.names)+len(p.folders) >= maxKnown {
		return anotherPerson
	}
	p.last++
	p.numbers[h] = p.last
	return numbered(p.last)
}

func numbered(n int32) string { return fmt.Sprintf("person-%d", n) }

// hashText returns the FNV-1a hash of a text.
func hashText[T string | []byte](s T) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * prime
	}
	return h
}

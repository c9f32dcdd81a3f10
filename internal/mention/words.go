package mention

import (
	"math"

	"azureml-dsr/internal/document"
)

// words are patterns that are looked for together, as by Wu and Manber's algorithm.
type words struct {
	all []pattern
	// least is the length of the shortest one, and shift says for two neighboring bytes
	// how far a window of that length moves on when they are its last ones.
	least int
	shift [1 << (2 * codeBits)]uint8
}

// codeBits is how many bits of a byte's class tell it from others. Letters stay apart.
const codeBits = 5

// add adds a pattern, once.
func (w *words) add(p pattern) {
	for _, other := range w.all {
		if other.text == p.text && other.edges == p.edges && other.plus == p.plus {
			return
		}
	}
	w.all = append(w.all, p)
}

// index fills the table of shifts, when all patterns are added.
func (w *words) index() {
	w.least = math.MaxUint8
	for _, p := range w.all {
		w.least = min(w.least, len(p.text))
	}
	for i := range w.shift {
		w.shift[i] = uint8(w.least - 1)
	}
	for _, p := range w.all {
		for end := 1; end < w.least; end++ {
			pair := pairOf(p.text[end-1], p.text[end])
			w.shift[pair] = min(w.shift[pair], uint8(w.least-1-end))
		}
	}
}

// search returns what the patterns say that are found in a text as it stands.
func (w *words) search(text []byte) document.Naming {
	found := document.NotNamed
	for i := w.least - 1; i < len(text); {
		if by := w.shift[pairOf(text[i-1], text[i])]; by > 0 {
			i += int(by)
			continue
		}
		if found = max(found, w.at(text, i-w.least+1)); found == document.Named {
			return found
		}
		i++
	}
	return found
}

// at returns what the patterns that begin at a place say.
func (w *words) at(text []byte, at int) document.Naming {
	found := document.NotNamed
	first := class[text[at]]
	for i := range w.all {
		p := &w.all[i]
		if p.naming > found && class[p.text[0]] == first && p.matches(text[at:]) {
			found = max(found, p.within(text, at))
		}
	}
	return found
}

// pairOf returns the index of two neighboring bytes in the table of shifts.
func pairOf(a, b byte) int { return int(code[a])<<codeBits | int(code[b]) }

// code is what the table of shifts knows of a byte.
var code = func() (t [256]byte) {
	for i := range t {
		t[i] = class[i] & (1<<codeBits - 1)
	}
	return t
}()

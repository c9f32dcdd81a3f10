package dsr

import (
	"crypto/sha256"
	"encoding/hex"
)

// Anchor is a cursor of a list that later ones are compared with. It moves on whenever
// the number of pages has doubled (Brent's algorithm), so a ring of n pages after m others
// is noticed within 3·max(m, n) pages.
type Anchor struct {
	Page   int    `json:"page"`   // whose cursor it is
	SHA256 string `json:"sha256"` // of the cursor
}

// Next returns the anchor after a page with a cursor; a nil anchor stands before the
// first page. ok is false where the cursor is the anchor's: the list runs in a ring.
func (a *Anchor) Next(page int, cursor string) (next *Anchor, ok bool) {
	sum := sha256.Sum256([]byte(cursor))
	here := &Anchor{Page: page, SHA256: hex.EncodeToString(sum[:])}
	if a == nil {
		return here, true
	}
	if a.SHA256 == here.SHA256 {
		return a, false
	}
	if page >= 2*a.Page {
		return here, true
	}
	return a, true
}

// Walk notices that a list runs in a ring, where it is walked without a break. The zero
// value stands before the first page.
type Walk struct {
	pages  int
	anchor *Anchor
}

// Returns reports whether the next page's cursor leads back to where the walk was.
func (w *Walk) Returns(cursor string) bool {
	w.pages++
	next, ok := w.anchor.Next(w.pages, cursor)
	w.anchor = next
	return !ok
}

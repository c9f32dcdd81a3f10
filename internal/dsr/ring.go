package dsr

import (
	"crypto/sha256"
	"encoding/hex"
)

// Anchor is a cursor of a list that later ones are compared with. It is moved on
// whenever the list has twice as many pages as where it lies (Brent's algorithm), so
// a ring of n pages behind m others is noticed within 3·max(m, n) pages.
type Anchor struct {
	Page   int    `json:"page"`   // whose cursor it is
	SHA256 string `json:"sha256"` // of the cursor
}

// Next returns the anchor that lies behind a page with a cursor; nil is none yet.
// False means that the cursor is the anchor's: the list runs in a ring.
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

// Walk notices that a list which is walked at one go runs in a ring. The zero value
// stands before the list.
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

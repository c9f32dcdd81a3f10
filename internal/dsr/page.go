package dsr

import (
	"slices"
	"time"
)

// PageState is how a list goes on after a page.
type PageState string

// States of a page record.
const (
	PageNext      PageState = "next"      // another page follows
	PageLast      PageState = "last"      // the list ends here
	PageFailed    PageState = "failed"    // the list failed for good here
	PageContinues PageState = "continues" // the cursor expired, and the next pass begins
)

// Limits that keep zero-padded numbers in name order.
const (
	MaxPass  = 3
	MaxPage  = 999_999
	MaxChunk = 99_999
	MaxHop   = 9_999
)

// Page is the record of one answer of a list: the items it names, and how the list goes
// on. It is made once, from the stored answer.
type Page struct {
	SchemaVersion string    `json:"schemaVersion"`
	Node          string    `json:"node"`
	Pass          int       `json:"generation"`
	Number        int       `json:"page"`
	State         PageState `json:"state"`
	Items         []string  `json:"items"`
	ChunkItems    int       `json:"chunkItems"`
	Chunks        int       `json:"chunks"`   // at least 1
	Repeated      int       `json:"repeated"` // ids left out, for they were listed before
	Cursor        string    `json:"cursor"`   // to the next page
	Answer        *BlobRef  `json:"answer"`   // nil for a node without a list
	Failure       *Failure  `json:"failure,omitempty"`
	RecordedAt    time.Time `json:"recordedAt"`
	// Window holds ids that the next page may repeat besides Items. It is no longer than
	// what one answer names.
	Window []string `json:"window,omitempty"`
	// Anchor is what a later page notices by that the list runs in a ring.
	Anchor *Anchor `json:"anchor,omitempty"`
}

// BlobRef names a blob, relative to the attempt, and what it holds.
type BlobRef struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// NewPage makes the record of a page that ends its list, cut into chunks of chunkItems. It
// leaves out what the page repeats of itself or of the ids before.
func NewPage(t Task, items, before []string, chunkItems int) Page {
	seen := make(map[string]bool, len(items)+len(before))
	for _, id := range before {
		seen[id] = true
	}

	kept := make([]string, 0, len(items))
	for _, id := range items {
		if !seen[id] {
			seen[id] = true
			kept = append(kept, id)
		}
	}

	return Page{
		SchemaVersion: SchemaVersion,
		Node:          t.Node,
		Pass:          t.Pass,
		Number:        t.Page,
		State:         PageLast,
		Items:         kept,
		ChunkItems:    chunkItems,
		Chunks:        max(1, (len(kept)+chunkItems-1)/chunkItems),
		Repeated:      len(items) - len(kept),
	}
}

// LeadTo makes the page one that another follows. The next page may repeat what this one
// listed; where that is nothing new, it may repeat the ids before.
func (p *Page) LeadTo(cursor string, listed, before []string) {
	p.State, p.Cursor, p.Window = PageNext, cursor, before
	if len(p.Items) == 0 {
		return
	}

	p.Window = nil
	held := make(map[string]bool, len(listed))
	for _, id := range p.Items {
		held[id] = true
	}

	for _, id := range listed {
		if !held[id] {
			held[id] = true
			p.Window = append(p.Window, id)
		}
	}
}

// Seen returns the ids that the next page may repeat.
func (p Page) Seen() []string { return slices.Concat(p.Items, p.Window) }

// Chunk returns the items of chunk c.
func (p Page) Chunk(c int) []string {
	lo := min(c*p.ChunkItems, len(p.Items))
	return p.Items[lo:min(lo+p.ChunkItems, len(p.Items))]
}

// Ends reports whether the list ends with such a page.
func (s PageState) Ends() bool { return s == PageLast || s == PageFailed }

// Works reports whether each chunk of such a page is a task, of the node's own type and of
// its followers. Any other page has only the task that lists it.
func (s PageState) Works() bool { return s == PageNext || s == PageLast }

// Valid reports whether s is a known state.
func (s PageState) Valid() bool { return s.Works() || s == PageFailed || s == PageContinues }

// Tasks returns the tasks that the page's record names, in the order in which
// they are sent: the list's next page or pass, the other chunks, then the
// followers' chunks. lister is the task that listed the page.
func (p Page) Tasks(lister Task, followers []string) []Task {
	at := func(pass, page, chunk int, typ string) Task {
		t := lister
		t.Pass, t.Page, t.Chunk, t.Type, t.Hop = pass, page, chunk, typ, 0
		return t
	}

	var tasks []Task
	switch p.State {
	case PageNext:
		tasks = append(tasks, at(p.Pass, p.Number+1, 0, lister.Type))
	case PageContinues:
		return []Task{at(p.Pass+1, 1, 0, lister.Type)}
	case PageFailed:
		return nil
	}

	for c := 1; c < p.Chunks; c++ {
		tasks = append(tasks, at(p.Pass, p.Number, c, lister.Type))
	}

	for _, f := range followers {
		for c := range p.Chunks {
			tasks = append(tasks, at(p.Pass, p.Number, c, f))
		}
	}

	return tasks
}

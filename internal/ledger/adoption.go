package ledger

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

const (
	// adoptions is how many blobs are adopted at once.
	adoptions = 16
	// maxRefusals is how many marked blobs may refuse to be removed before a call
	// tries no more of them. A policy that keeps so many probably keeps all. A later
	// call tries the next ones.
	maxRefusals = 32
	// adoptionBlob holds the progress of the adoption. No mark has this name.
	adoptionBlob = adoptedPrefix + "progress.json"
)

// adoptionProgress is how far the index of an earlier version is adopted. It only
// saves work: without it the adoption starts over.
type adoptionProgress struct {
	SchemaVersion string         `json:"schemaVersion"`
	Open          prefixProgress `json:"open,omitzero"`
	Expires       prefixProgress `json:"expires,omitzero"`
	Poison        prefixProgress `json:"poison,omitzero"`
}

// prefixProgress is how far the blobs below a prefix are adopted.
type prefixProgress struct {
	// Next is the name at which to continue; "" is the first.
	Next string `json:"next,omitempty"`
	// Missed reports whether a blob before Next could not be adopted.
	Missed bool `json:"missed,omitempty"`
	// Whole reports whether a pass that took several calls has missed nothing.
	Whole bool `json:"whole,omitempty"`
	// Tried is the last marked name whose removal was tried again; "" is none.
	Tried string `json:"tried,omitempty"`
}

func (l *Ledger) readAdoption(ctx context.Context) (adoptionProgress, error) {
	p, _, _, err := read[adoptionProgress](ctx, l.index, adoptionBlob)
	p.SchemaVersion = dsr.SchemaVersion
	if err != nil {
		return p, fmt.Errorf("how far an earlier version's index is moved: %w", err)
	}

	byPrefix := map[string]*prefixProgress{dsr.OpenPrefix: &p.Open, dsr.ExpiresPrefix: &p.Expires, dsr.PoisonPrefix: &p.Poison}
	for prefix, of := range byPrefix {
		if !strings.HasPrefix(of.Next, prefix) {
			of.Next = "" // no blob below the prefix has this name
		}
	}
	return p, nil
}

// adoption is one call's part of a pass over the blobs below a prefix.
type adoption struct {
	ledger   *Ledger
	prefix   string
	progress prefixProgress
	until    time.Time

	mu          sync.Mutex
	moved, kept int
	refusals    int  // marked blobs that could not be removed
	missed      bool // whether this pass could not adopt some blob
	failed      int
	why         error // the first failure
	throttled   bool
}

// run continues the pass and reports whether it reached the end.
func (p *adoption) run(ctx context.Context) (ended bool, err error) {
	next, err := p.adoptFrom(ctx, p.progress.Next)
	if err != nil {
		return false, err // the next call starts where this one did
	}
	p.advance(next)
	return next == "", nil
}

// adoptFrom adopts the blobs from a name on, several at once. It returns the name at
// which to continue, or "" at the end.
func (p *adoption) adoptFrom(ctx context.Context, from string) (next string, err error) {
	marks := p.marks(ctx)
	defer marks.stop()

	var g errgroup.Group
	g.SetLimit(adoptions)
	passed := 0
	for info, listErr := range p.ledger.exports.Backend().List(ctx, p.prefix, from) {
		if listErr != nil {
			err = fmt.Errorf("listing %s: %w", p.prefix, listErr)
			break
		}
		timeIsUp := passed >= adoptions && !time.Now().Before(p.until)
		if ctx.Err() != nil || p.givesUp() || timeIsUp {
			next = info.Name
			break
		}
		marked, markErr := marks.has(info.Name)
		if markErr != nil {
			err = markErr
			break
		}

		passed++
		if marked && !p.triesAgain(info.Name) {
			p.note(ctx, false, nil)
			continue
		}
		g.Go(dsr.Guard(func() error {
			p.adopt(ctx, info.Name, marked)
			return nil
		}))
	}

	for _, failure := range []error{err, g.Wait(), ctx.Err()} {
		if failure != nil {
			return "", failure
		}
	}
	return next, nil
}

func (p *adoption) adopt(ctx context.Context, name string, marked bool) {
	gone, err := p.ledger.adopt(ctx, name)
	p.note(ctx, gone, err)
	if marked && !gone {
		p.refused()
	}
}

// triesAgain reports whether to try again to remove a marked blob.
func (p *adoption) triesAgain(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refusals >= maxRefusals || name <= p.progress.Tried {
		return false
	}
	p.progress.Tried = name
	return true
}

func (p *adoption) refused() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refusals++
}

// note counts the outcome of one blob. After the context ends an outcome proves
// nothing and does not count.
func (p *adoption) note(ctx context.Context, gone bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()

	switch {
	case ctx.Err() != nil:
	case err != nil:
		if p.failed == 0 {
			p.why = err
		}
		p.failed++
		p.throttled = p.throttled || dsr.ClassOf(err) == dsr.Throttled
	case gone:
		p.moved++
	default:
		p.kept++
	}
}

// givesUp reports whether this call tries no further blob.
func (p *adoption) givesUp() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.throttled || p.failed >= maxKept
}

// advance records where the next call continues; "" is the beginning of a new pass.
func (p *adoption) advance(next string) {
	before := p.progress
	p.missed = before.Missed || p.failed > 0
	p.progress.Next, p.progress.Missed = next, p.missed
	if next != "" {
		return
	}

	p.progress.Missed = false // a new pass has missed nothing yet
	p.progress.Whole = before.Whole || (before.Next != "" && !p.missed)
	if p.refusals < maxRefusals {
		p.progress.Tried = "" // every marked blob has had its turn
	}
}

// failure returns an error with the number of blobs that could not be adopted and the
// first cause, or nil.
func (p *adoption) failure() error {
	if p.failed == 0 {
		return nil
	}
	return fmt.Errorf("%d blobs of an earlier version's index could not be moved: %w", p.failed, p.why)
}

// adoptionMarks are the marks below a prefix, in the order of one listing.
type adoptionMarks struct {
	next func() (archive.Info, error, bool)
	stop func()
	at   string // the last mark that was read
	end  bool
}

// marks lists the marks from the place where the pass continues.
func (p *adoption) marks(ctx context.Context) *adoptionMarks {
	from := ""
	if p.progress.Next != "" {
		from = adoptedPrefix + p.progress.Next
	}
	next, stop := iter.Pull2(p.ledger.index.Backend().List(ctx, adoptedPrefix+p.prefix, from))
	return &adoptionMarks{next: next, stop: stop}
}

// has reports whether a blob has a mark. Calls must be in the order of the names. A
// mark that was written after the listing began may be missed.
func (m *adoptionMarks) has(name string) (bool, error) {
	name = adoptedPrefix + name
	for !m.end && m.at < name {
		info, err, more := m.next()
		if err != nil {
			return false, fmt.Errorf("listing the marks of an earlier version's index: %w", err)
		}
		m.at, m.end = info.Name, !more
	}
	return !m.end && m.at == name, nil
}

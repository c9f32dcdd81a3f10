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
	// mostRefusals is how many blobs with a mark may refuse to go before a call tries
	// no other: what keeps so many may keep all, and a later call goes on behind them.
	mostRefusals = 32
	// adoptingBlob says how far the adopting has come. No mark has this name.
	adoptingBlob = adoptedPrefix + "progress.json"
)

// adopting is how far an earlier version's index is adopted. It saves work: who finds
// none begins again.
type adopting struct {
	SchemaVersion string     `json:"schemaVersion"`
	Open          adoptPlace `json:"open,omitzero"`
	Expires       adoptPlace `json:"expires,omitzero"`
	Poison        adoptPlace `json:"poison,omitzero"`
}

// adoptPlace is how far the blobs below a prefix are passed over.
type adoptPlace struct {
	// Next is the name with which to go on; "" is the first.
	Next string `json:"next,omitempty"`
	// Missed says that something before it could not be adopted. Whole says that a
	// pass that took several calls has missed nothing.
	Missed bool `json:"missed,omitempty"`
	Whole  bool `json:"whole,omitempty"`
	// Tried is the last name with a mark whose removal was tried again; "" is none.
	Tried string `json:"tried,omitempty"`
}

func (l *Ledger) adoptingOf(ctx context.Context) (adopting, error) {
	p, _, _, err := read[adopting](ctx, l.index, adoptingBlob)
	if p.SchemaVersion = dsr.SchemaVersion; err != nil {
		return p, fmt.Errorf("how far an earlier version's index is moved: %w", err)
	}
	for prefix, place := range map[string]*adoptPlace{dsr.OpenPrefix: &p.Open, dsr.ExpiresPrefix: &p.Expires, dsr.PoisonPrefix: &p.Poison} {
		if !strings.HasPrefix(place.Next, prefix) {
			place.Next = "" // it is of no blob below the prefix
		}
	}
	return p, nil
}

// adoption passes over what is below a prefix.
type adoption struct {
	ledger *Ledger
	prefix string
	place  adoptPlace
	until  time.Time

	mu          sync.Mutex
	moved, kept int
	refusals    int  // of blobs with a mark
	missed      bool // something that was not adopted, in this pass
	failed      int
	why         error // the first failure
	throttled   bool
}

// run goes on with the pass and reports whether it came to the end.
func (p *adoption) run(ctx context.Context) (ended bool, err error) {
	marks := p.marks(ctx)
	defer marks.stop()

	var g errgroup.Group
	g.SetLimit(adoptions)
	next, passed := "", 0
	for info, listing := range p.ledger.exports.Backend().List(ctx, p.prefix, p.place.Next) {
		if listing != nil {
			err = fmt.Errorf("listing %s: %w", p.prefix, listing)
			break
		}
		if ctx.Err() != nil || p.hopeless() || (passed >= adoptions && !time.Now().Before(p.until)) {
			next = info.Name
			break
		}
		marked, failed := marks.has(info.Name)
		if err = failed; err != nil {
			break
		}

		passed++
		if marked && !p.triesAgain(info.Name) {
			p.took(ctx, false, nil)
			continue
		}

		g.Go(dsr.Guard(func() error {
			gone, err := p.ledger.adopt(ctx, info.Name)
			p.took(ctx, gone, err)
			if marked && !gone {
				p.refused()
			}
			return nil
		}))
	}
	if broken := g.Wait(); err == nil {
		err = broken
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return false, err // the next call goes on where this one did
	}

	p.leave(next)

	return next == "", nil
}

// triesAgain reports whether the removal of a blob with a mark is tried.
func (p *adoption) triesAgain(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refusals >= mostRefusals || name <= p.place.Tried {
		return false
	}
	p.place.Tried = name
	return true
}

func (p *adoption) refused() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refusals++
}

// took notes what came of a blob. One that was broken off tells nothing.
func (p *adoption) took(ctx context.Context, gone bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()

	switch {
	case ctx.Err() != nil:
	case err != nil:
		if p.failed++; p.why == nil {
			p.why = err
		}
		p.throttled = p.throttled || dsr.ClassOf(err) == dsr.Throttled

	case gone:
		p.moved++
	default:
		p.kept++
	}
}

func (p *adoption) hopeless() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.throttled || p.failed >= mostKept
}

// leave notes where the next call goes on; "" is at the beginning.
func (p *adoption) leave(next string) {
	before := p.place
	p.missed = before.Missed || p.failed > 0
	p.place.Next, p.place.Missed = next, p.missed
	if next == "" {
		p.place.Missed = false // of the next pass
		p.place.Whole = before.Whole || (before.Next != "" && !p.missed)
	}
	if next == "" && p.refusals < mostRefusals {
		p.place.Tried = "" // all had their turn
	}
}

// failure says how many blobs could not be adopted, and why the first one was not.
func (p *adoption) failure() error {
	if p.failed == 0 {
		return nil
	}
	return fmt.Errorf("%d blobs of an earlier version's index could not be moved: %w", p.failed, p.why)
}

// adoptMarks are the marks below a prefix, as one listing gives them.
type adoptMarks struct {
	next func() (archive.Info, error, bool)
	stop func()
	at   string // the mark that was listed last
	end  bool
}

// marks lists the marks from where the pass goes on.
func (p *adoption) marks(ctx context.Context) *adoptMarks {
	from := adoptedPrefix + p.place.Next
	if p.place.Next == "" {
		from = ""
	}
	next, stop := iter.Pull2(p.ledger.index.Backend().List(ctx, adoptedPrefix+p.prefix, from))
	return &adoptMarks{next: next, stop: stop}
}

// has reports whether a blob was listed with a mark. It is asked for names in their
// order. A mark that was made since the listing is not seen.
func (m *adoptMarks) has(name string) (bool, error) {
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

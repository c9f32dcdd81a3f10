package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

const (
	// removals is how many blobs are removed at once.
	removals = 32
	// mostKept is how many blobs may refuse to go before the removal ends: what
	// keeps so many may keep all, and the next call goes on behind them.
	mostKept = 1000
)

// Removal is what RemoveDocuments did.
type Removal struct {
	Removed int
	Kept    int  // that could not be removed
	Done    bool // nothing is left
}

// RemoveDocuments removes an attempt's documents until a time, a few in any case;
// the next call goes on. A blob that can't be removed does not keep the others: the error names the
// first one and counts them.
func (l *Ledger) RemoveDocuments(ctx context.Context, e Expired, until time.Time) (Removal, error) {
	p, err := l.progressOf(ctx, e)
	if err != nil {
		return Removal{}, err
	}

	r := &remover{exports: l.exports.Backend()}
	next, err := r.removeFrom(ctx, e, p.RemoveFrom, until)
	if err != nil {
		return Removal{Removed: r.removed, Kept: r.kept}, err
	}

	whole := p.RemoveFrom == "" && next == ""

	if p.RemoveFrom == "" && r.kept == 0 {
		next = "" // what was before is gone
	}
	if next != p.RemoveFrom {
		err = l.saveProgress(ctx, e, progress{RemoveFrom: next})
	}

	return Removal{Removed: r.removed, Kept: r.kept, Done: whole && r.kept == 0}, errors.Join(r.failure(), err)
}

// remover removes blobs, some at once.
type remover struct {
	exports archive.Backend

	mu            sync.Mutex
	removed, kept int
	first         string // of those that were kept, by name
	why           error
	throttled     bool
}

// removeFrom removes from a name on, and returns the name with which to go on; "" at
// the end.
func (r *remover) removeFrom(ctx context.Context, e Expired, from string, until time.Time) (next string, err error) {
	var g errgroup.Group
	g.SetLimit(removals)
	begun := 0
	for info, listing := range r.exports.List(ctx, e.Prefix(), from) {
		if listing != nil {
			err = fmt.Errorf("listing %s: %w", e.Prefix(), listing)
			break
		}
		if ctx.Err() != nil || r.hopeless() || (begun >= removals && !time.Now().Before(until)) {
			next = info.Name
			break
		}

		begun++
		g.Go(dsr.Guard(func() error {
			r.took(ctx, info.Name, r.exports.Delete(ctx, info.Name))
			return nil
		}))
	}

	return next, errors.Join(err, g.Wait(), ctx.Err())
}

// took notes what came of a removal. One that was broken off tells nothing.
func (r *remover) took(ctx context.Context, name string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		r.removed++
	case ctx.Err() == nil:
		r.kept++
		r.throttled = r.throttled || dsr.ClassOf(err) == dsr.Throttled
		if r.first == "" || name < r.first {
			r.first, r.why = name, err
		}
	}
}

func (r *remover) hopeless() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.throttled || r.kept >= mostKept
}

// failure says what was kept, and why the first one was.
func (r *remover) failure() error {
	if r.kept == 0 {
		return nil
	}

	why := r.why.Error()
	if errors.Is(r.why, archive.ErrExists) {
		why = "a policy or a legal hold keeps it"
	}

	out := &dsr.Error{
		Class:   dsr.Transient,
		Reason:  dsr.ReasonTransient,
		Message: fmt.Sprintf("%d blobs could not be removed, the first is %s: %s", r.kept, r.first, why),
		Err:     r.why,
	}

	if cause, ok := errors.AsType[*dsr.Error](r.why); ok {
		out.Status, out.Code = cause.Status, cause.Code
	}
	if r.throttled {
		out.Class, out.Reason = dsr.Throttled, dsr.ReasonThrottled
	}

	return out
}

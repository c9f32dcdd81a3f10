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
	// maxKept is how many blobs may fail to be removed before a call ends. A policy that
	// keeps so many probably keeps all. The next call continues after them.
	maxKept = 1000
)

// Removal is the outcome of RemoveDocuments.
type Removal struct {
	Removed int
	Kept    int  // blobs that could not be removed
	Done    bool // whether nothing is left
}

// RemoveDocuments removes an attempt's documents. It ends at until, after a few blobs in any
// case, and the next call continues. A blob that can't be removed does not stop the others:
// the error counts such blobs and names the first.
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

	sawAll := p.RemoveFrom == "" && next == ""
	if p.RemoveFrom == "" && r.kept == 0 {
		next = "" // every blob before next is gone
	}
	if next != p.RemoveFrom {
		err = l.saveProgress(ctx, e, progress{RemoveFrom: next})
	}
	return Removal{Removed: r.removed, Kept: r.kept, Done: sawAll && r.kept == 0}, errors.Join(r.failure(), err)
}

// remover removes blobs, several at once.
type remover struct {
	exports archive.Backend

	mu            sync.Mutex
	removed, kept int
	first         string // the first kept blob, by name
	why           error  // why that blob was kept
	throttled     bool
}

// removeFrom removes blobs from a name on and returns the name at which to continue, or ""
// at the end.
func (r *remover) removeFrom(ctx context.Context, e Expired, from string, until time.Time) (next string, err error) {
	var g errgroup.Group
	g.SetLimit(removals)
	begun := 0
	for info, listErr := range r.exports.List(ctx, e.Prefix(), from) {
		if listErr != nil {
			err = fmt.Errorf("listing %s: %w", e.Prefix(), listErr)
			break
		}
		timeIsUp := begun >= removals && !time.Now().Before(until)
		if ctx.Err() != nil || r.givesUp() || timeIsUp {
			next = info.Name
			break
		}

		begun++
		g.Go(dsr.Guard(func() error {
			r.note(ctx, info.Name, r.exports.Delete(ctx, info.Name))
			return nil
		}))
	}

	return next, errors.Join(err, g.Wait(), ctx.Err())
}

// note counts the outcome of one removal. After the context ends a failure proves nothing
// and does not count.
func (r *remover) note(ctx context.Context, name string, err error) {
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

// givesUp reports whether this call tries no further blob.
func (r *remover) givesUp() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.throttled || r.kept >= maxKept
}

// failure returns an error with the number of kept blobs, and the name and the cause of the
// first, or nil.
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

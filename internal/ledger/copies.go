package ledger

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
)

// Copies lists the closed attempts that exported from a target of a request and still
// have their documents. They come in the order of their index blobs, after the blob
// named by behind; "" starts at the first. The targets are those of the request's first
// attempt, because a later attempt covers only what failed.
func (l *Ledger) Copies(ctx context.Context, id, behind string) iter.Seq2[Expired, error] {
	return func(yield func(Expired, error) bool) {
		plan, _, err := l.Plan(ctx, dsr.Attempt{RequestID: id, Number: 1})
		if err != nil {
			yield(Expired{}, err)
			return
		}

		for e, err := range l.expiredFrom(ctx, behind, endOfTime) {
			if err == nil && e.Index <= behind {
				continue
			}

			exports := false
			if err == nil {
				var other dsr.Plan
				other, _, err = l.Plan(ctx, e.Attempt)
				exports = other.Kind != dsr.KindDelete && other.ReadsFrom(plan)
			}
			if (exports || err != nil) && !yield(e, err) {
				return
			}
		}
	}
}

// endOfTime is later than the day of any blob on the index.
var endOfTime = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// lateWork is how long after the closing of an attempt its tasks may still store
// documents: longer than any invocation. A canceled attempt closes while its tasks run,
// and a second delivery of a finished task may be in progress.
const lateWork = 15 * time.Minute

// EraseCopy removes the documents of an attempt before they expire, on behalf of another
// request. The evidence stays and records the erasure. EraseCopy returns an error for an
// open attempt and for one that a hold keeps.
//
// It ends at until, and the next call continues. done reports whether nothing is left to
// do. worked is the number of blobs that the call counted or removed, also when it returns
// an error. Removal starts only after late tasks can store nothing more, and ends
// when a last listing is empty.
func (l *Ledger) EraseCopy(ctx context.Context, x dsr.Erasure, until time.Time) (worked int, done bool, err error) {
	a, day, err := dsr.ParseExpires(x.Index)
	if err != nil {
		return 0, false, err
	}
	m, looked, ready, err := l.erasable(ctx, a, x.At, until)
	if err != nil || !ready {
		return looked, false, err
	}

	e := Expired{Attempt: a, Index: x.Index, Day: day}
	c, err := l.RecordRetention(ctx, e, dsr.Retention{
		RequestID: a.RequestID,
		Attempt:   a.Number,
		ClosedAt:  m.ClosedAt,
		BeganAt:   x.At.UTC(),
		ErasedBy:  x.By,
	}, until)
	if err != nil || !c.Done {
		return c.Blobs, false, err
	}

	removed, done, err := l.removeAll(ctx, e, until)
	worked = c.Blobs + removed
	if err == nil && done {
		done, err = l.noneLeft(ctx, e)
	}
	if err != nil || !done {
		return worked, false, err
	}

	if err := l.RemoveSubject(ctx, a.RequestID); err != nil {
		return worked, false, err
	}
	return worked, true, l.RemoveExpired(ctx, e)
}

// erasable returns the manifest of an attempt whose documents another request may erase
// now. ready is false until the search for holds is complete; looked is the number of pages
// that this call searched.
func (l *Ledger) erasable(ctx context.Context, a dsr.Attempt, now, until time.Time) (m dsr.Manifest, looked int, ready bool, err error) {
	open, err := l.AnyOpen(ctx, a.RequestID)
	if err != nil {
		return m, 0, false, err
	}
	if open {
		return m, 0, false, dsr.Errorf(dsr.Transient, dsr.ReasonConflict, "request %s, whose documents are to be erased, is open", a.RequestID)
	}
	m, _, closed, err := l.Manifest(ctx, a)
	if err != nil {
		return m, 0, false, err
	}
	if !closed {
		return m, 0, false, dsr.Errorf(dsr.Transient, dsr.ReasonConflict, "request %s, whose documents are to be erased, has no manifest of attempt %d", a.RequestID, a.Number)
	}
	if err := l.workEnded(ctx, a); err != nil {
		return m, 0, false, err
	}

	holds, err := l.Holds(ctx)
	if err != nil {
		return m, 0, false, err
	}
	held, err := l.CopyHeld(ctx, a, dsr.HoldsAt(holds, now), until)
	if err != nil {
		return m, held.Pages, false, err
	}
	if held.Kept {
		return m, held.Pages, false, dsr.Errorf(dsr.Permanent, dsr.ReasonHeld, "the hold %s keeps the documents of request %s", held.Hold.ID, a.RequestID)
	}

	return m, held.Pages, held.Done, nil
}

// workEnded returns a throttled error while a task of a closed attempt may still be
// running. It goes by the age of the manifest, on the store's clock alone.
func (l *Ledger) workEnded(ctx context.Context, a dsr.Attempt) error {
	manifest, err := l.audit.Backend().Stat(ctx, a.Manifest())
	if err != nil {
		return fmt.Errorf("looking at the manifest of request %s: %w", a.RequestID, err)
	}
	if manifest.Age >= lateWork {
		return nil
	}

	return &dsr.Error{
		Class:      dsr.Throttled,
		Reason:     dsr.ReasonConflict,
		Message:    fmt.Sprintf("request %s, whose documents are to be erased, was closed a moment ago, and may still store some", a.RequestID),
		RetryAfter: lateWork - manifest.Age,
	}
}

// noneLeft reports whether the attempt has no documents any more.
func (l *Ledger) noneLeft(ctx context.Context, e Expired) (bool, error) {
	left, _, err := l.exports.Backend().ListPage(ctx, e.Prefix(), "", 1)
	if err != nil {
		return false, fmt.Errorf("listing %s: %w", e.Prefix(), err)
	}
	return len(left) == 0, nil
}

// removeAll removes an attempt's documents, until a time.
func (l *Ledger) removeAll(ctx context.Context, e Expired, until time.Time) (removed int, done bool, err error) {
	for {
		r, err := l.RemoveDocuments(ctx, e, until)
		removed += r.Removed
		if err != nil || r.Done || !time.Now().Before(until) {
			return removed, r.Done, err
		}
	}
}

// CopyHold is the result of CopyHeld.
type CopyHold struct {
	Hold  dsr.Hold // the hold that keeps the documents, if Kept
	Kept  bool
	Pages int  // the number of pages that this call read
	Done  bool // false while nothing is known yet and the next call must continue
}

// CopyHeld returns the first of the holds that keeps the exported documents of an attempt:
// a hold on the request, on a scope that the attempt read from, or on a document that it
// has. The search for documents comes last, because it reads all pages of the attempt. It
// ends at until.
func (l *Ledger) CopyHeld(ctx context.Context, a dsr.Attempt, holds []dsr.Hold, until time.Time) (CopyHold, error) {
	if len(holds) == 0 {
		return CopyHold{Done: true}, nil
	}
	plan, _, err := l.Plan(ctx, a)
	if err != nil {
		return CopyHold{}, err
	}

	var ids []string
	for _, h := range holds {
		if h.On == a.RequestID || (h.OnScope() && readsAround(plan, h.On)) {
			return CopyHold{Hold: h, Kept: true, Done: true}, nil
		}
		if !h.OnScope() {
			ids = append(ids, h.On)
		}
	}

	places, err := l.Places(ctx, plan, "", ids, until)
	if err != nil {
		return CopyHold{}, err
	}

	found := CopyHold{Pages: places.Pages, Done: places.Done}
	i := slices.IndexFunc(holds, func(h dsr.Hold) bool { return len(places.Of[h.On]) > 0 })
	if i >= 0 {
		found.Hold, found.Kept, found.Done = holds[i], true, true
	}

	return found, nil
}

// readsAround reports whether a plan reads from a place, from inside it or from a place
// that contains it.
func readsAround(plan dsr.Plan, place string) bool {
	return slices.ContainsFunc(plan.Nodes, func(n dsr.Node) bool {
		return dsr.InScope(n.Target, place) || dsr.InScope(place, n.Target)
	})
}

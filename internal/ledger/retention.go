package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// removals is how many blobs are removed at once.
const removals = 16

// Expired is an attempt on the index of what may be removed.
type Expired struct {
	dsr.Attempt
	Index string    // its index blob
	Day   time.Time // on which its documents may go
}

// ListExpired lists the attempts whose day on the index has come, the oldest
// first. A name that says nothing is an error after which the list goes on.
func (l *Ledger) ListExpired(ctx context.Context, now time.Time) iter.Seq2[Expired, error] {
	return func(yield func(Expired, error) bool) {
		for info, err := range l.exports.Backend().List(ctx, dsr.ExpiresPrefix, "") {
			if err != nil {
				yield(Expired{}, fmt.Errorf("listing %s: %w", dsr.ExpiresPrefix, err))
				return
			}
			a, day, err := dsr.ParseExpires(info.Name)
			if err == nil && day.After(now) {
				return
			}
			if !yield(Expired{a, info.Name, day}, err) {
				return
			}
		}
	}
}

// Copies lists the closed attempts that exported from a target of a request, and
// still have their documents. The targets are those of its first attempt: a later
// one has only what failed.
func (l *Ledger) Copies(ctx context.Context, id string) iter.Seq2[Expired, error] {
	return func(yield func(Expired, error) bool) {
		plan, _, err := l.Plan(ctx, dsr.Attempt{RequestID: id, Number: 1})
		if err != nil {
			yield(Expired{}, err)
			return
		}
		for e, err := range l.ListExpired(ctx, endOfTime) {
			var other dsr.Plan
			if err == nil {
				other, _, err = l.Plan(ctx, e.Attempt)
			}
			exports := other.Kind != dsr.KindDelete && other.ReadsFrom(plan)
			if (exports || err != nil) && !yield(e, err) {
				return
			}
		}
	}
}

// endOfTime is after the day of any blob on the index.
var endOfTime = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// EraseCopy removes the documents of an attempt before they have expired, for
// another request. The evidence stays, and says so. What is open, or kept by a
// hold, is left alone. removed counts the blobs that went, of a copy that could
// not be removed to its end as well.
func (l *Ledger) EraseCopy(ctx context.Context, index, by string, now time.Time) (removed int, err error) {
	a, day, err := dsr.ParseExpires(index)
	if err != nil {
		return 0, err
	}
	if open, err := l.AnyOpen(ctx, a.RequestID); err != nil {
		return 0, err
	} else if open {
		return 0, dsr.Errorf(dsr.Transient, dsr.ReasonConflict, "request %s, whose documents are to be erased, is open", a.RequestID)
	}
	m, _, closed, err := l.Manifest(ctx, a)
	if err != nil || !closed {
		return 0, err
	}
	if hold, kept, err := l.CopyHeld(ctx, a, now); err != nil {
		return 0, err
	} else if kept {
		return 0, dsr.Errorf(dsr.Permanent, dsr.ReasonHeld, "the hold %s keeps the documents of request %s", hold.ID, a.RequestID)
	}
	if _, err := l.RecordRetention(ctx, dsr.Retention{
		RequestID: a.RequestID, Attempt: a.Number, ClosedAt: m.ClosedAt, BeganAt: now.UTC(), ErasedBy: by,
	}); err != nil {
		return 0, err
	}
	for done := false; !done; {
		var n int
		n, done, err = l.RemoveDocuments(ctx, a, removeAtOnce)
		if removed += n; err != nil {
			return removed, err
		}
	}
	if err := l.RemoveSubject(ctx, a.RequestID); err != nil {
		return removed, err
	}
	return removed, l.RemoveExpired(ctx, Expired{Attempt: a, Index: index, Day: day})
}

// removeAtOnce is how many blobs are removed between two looks at the context.
const removeAtOnce = 10_000

// CopyHeld gives a hold that keeps what an attempt has exported: one on a place
// that it read, or in it, on a document that it has, or on the request itself.
func (l *Ledger) CopyHeld(ctx context.Context, a dsr.Attempt, now time.Time) (dsr.Hold, bool, error) {
	holds, err := l.Holds(ctx)
	if err != nil {
		return dsr.Hold{}, false, err
	}
	holds = slices.DeleteFunc(holds, func(h dsr.Hold) bool { return !h.Holds(now) })
	if len(holds) == 0 {
		return dsr.Hold{}, false, nil
	}
	plan, _, err := l.Plan(ctx, a)
	if err != nil {
		return dsr.Hold{}, false, err
	}
	for _, h := range holds {
		kept := h.On == a.RequestID
		if h.OnScope() {
			kept = slices.ContainsFunc(plan.Nodes, func(n dsr.Node) bool { return dsr.InScope(n.Target, h.On) || dsr.InScope(h.On, n.Target) })
		} else if !kept {
			if kept, err = l.ItemWithin(ctx, plan, "", h.On); err != nil {
				return dsr.Hold{}, false, err
			}
		}
		if kept {
			return h, true, nil
		}
	}
	return dsr.Hold{}, false, nil
}

// AnyOpen tells whether any attempt of a request is open.
func (l *Ledger) AnyOpen(ctx context.Context, id string) (bool, error) {
	prefix := dsr.OpenPrefix + id + "~"
	for _, err := range l.exports.Backend().List(ctx, prefix, "") {
		if err != nil {
			return false, fmt.Errorf("listing %s: %w", prefix, err)
		}
		return true, nil
	}
	return false, nil
}

// RecordRetention records what an attempt's documents are before they are
// removed, and gives the stored record. Its counts are filled in here; a record
// that is there already has those from before the first removal.
func (l *Ledger) RecordRetention(ctx context.Context, r dsr.Retention) (dsr.Retention, error) {
	a := dsr.Attempt{RequestID: r.RequestID, Number: r.Attempt}
	stored, _, found, err := read[dsr.Retention](ctx, l.audit, a.Retention())
	if err != nil || found {
		return stored, err
	}
	for info, err := range l.exports.Backend().List(ctx, a.Prefix(), "") {
		if err != nil {
			return r, fmt.Errorf("listing %s: %w", a.Prefix(), err)
		}
		r.Blobs++
		r.Bytes += info.Size
		if n, err := strconv.ParseInt(info.Metadata[archive.MetaDocuments], 10, 64); err == nil {
			r.Documents += n
		}
	}
	r.SchemaVersion = dsr.SchemaVersion
	stored, _, err = record(ctx, l.audit, a.Retention(), r, nil)
	return stored, err
}

// RemoveDocuments removes an attempt's documents, at most so many blobs, and
// tells how many it removed, also beside an error, and whether none is left.
func (l *Ledger) RemoveDocuments(ctx context.Context, a dsr.Attempt, most int) (removed int, done bool, err error) {
	exports := l.exports.Backend()
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(removals)
	done = true
	begun := 0
	var gone atomic.Int64
	var listing error
	for info, err := range exports.List(gctx, a.Prefix(), "") {
		if err != nil {
			listing = fmt.Errorf("listing %s: %w", a.Prefix(), err)
			break
		}
		if begun == most || gctx.Err() != nil {
			done = false
			break
		}
		begun++
		g.Go(dsr.Guard(func() error {
			if err := exports.Delete(gctx, info.Name); err != nil {
				return fmt.Errorf("removing documents of %s: %w", a.Prefix(), err)
			}
			gone.Add(1)
			return nil
		}))
	}
	err = errors.Join(g.Wait(), listing, ctx.Err())
	return int(gone.Load()), done && err == nil, err
}

// RemoveSubject removes whom a request is about unless documents of an attempt
// are left. Of two that remove the last ones at once, the one that looks last
// sees that none are.
func (l *Ledger) RemoveSubject(ctx context.Context, id string) error {
	subject := dsr.SubjectBlob(id)
	for info, err := range l.exports.Backend().List(ctx, id+"/", "") {
		if err != nil {
			return fmt.Errorf("listing %s/: %w", id, err)
		}
		if info.Name != subject {
			return nil
		}
	}
	if err := l.exports.Backend().Delete(ctx, subject); err != nil {
		return fmt.Errorf("removing %s: %w", subject, err)
	}
	return nil
}

// RemoveExpired takes an attempt off the index whose documents are gone.
func (l *Ledger) RemoveExpired(ctx context.Context, e Expired) error {
	if err := l.exports.Backend().Delete(ctx, e.Index); err != nil {
		return fmt.Errorf("removing %s: %w", e.Index, err)
	}
	return nil
}

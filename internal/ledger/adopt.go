package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

const (
	// adoptions is how many blobs are adopted at once.
	adoptions = 16
	// adoptedPrefix is the root, on the index, of marks: each is for a blob that was
	// adopted and can't be removed from where it was.
	adoptedPrefix = "_adopted/"
)

// Adopted is what AdoptIndex did.
type Adopted struct {
	Moved    int
	Kept     int  // that can't be removed from the exports container
	Complete bool // no attempt that is open is missing on the index
}

// AdoptIndex moves the index of an earlier version out of the exports container,
// until a time; the next call goes on. What can't be removed there, since a policy
// or a hold keeps it, is marked on the index and copied only once.
func (l *Ledger) AdoptIndex(ctx context.Context, until time.Time) (Adopted, error) {
	var moved, kept atomic.Int64
	var errs []error
	complete := true
	for _, prefix := range []string{dsr.OpenPrefix, dsr.ExpiresPrefix, dsr.PoisonPrefix} {
		all, err := l.adoptAll(ctx, prefix, until, &moved, &kept)
		errs = append(errs, err)
		if prefix == dsr.OpenPrefix {
			complete = all && err == nil
		}
	}
	return Adopted{Moved: int(moved.Load()), Kept: int(kept.Load()), Complete: complete}, errors.Join(errs...)
}

// adoptAll adopts what is below a prefix, and reports whether it came to the end.
func (l *Ledger) adoptAll(ctx context.Context, prefix string, until time.Time, moved, kept *atomic.Int64) (all bool, err error) {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(adoptions)
	all = true
	for info, listing := range l.exports.Backend().List(gctx, prefix, "") {
		if listing != nil {
			err = fmt.Errorf("listing %s: %w", prefix, listing)
			break
		}
		if all = gctx.Err() == nil && time.Now().Before(until); !all {
			break
		}
		g.Go(dsr.Guard(func() error {
			gone, err := l.adopt(gctx, info.Name)
			switch {
			case err != nil:
				return err
			case gone:
				moved.Add(1)
			default:
				kept.Add(1)
			}
			return nil
		}))
	}
	return all, errors.Join(g.Wait(), err)
}

// adopt copies a blob to the index, unless that was done before, and removes it
// where it was. It reports whether it is gone there. What should be open and names
// no attempt stays.
func (l *Ledger) adopt(ctx context.Context, name string) (gone bool, err error) {
	if _, err := dsr.ParseOpen(name); err != nil && strings.HasPrefix(name, dsr.OpenPrefix) {
		return false, nil
	}
	mark := adoptedPrefix + name
	marked, err := exists(ctx, l.index, mark)
	if err == nil && !marked {
		err = l.copyToIndex(ctx, name)
	}
	if err != nil {
		return false, err
	}

	refused := l.exports.Backend().Delete(ctx, name)
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case refused == nil && marked:
		return true, l.index.Backend().Delete(ctx, mark)
	case refused == nil || marked:
		return refused == nil, nil
	}
	if _, err := l.index.Create(ctx, mark, []byte("{}"), nil); err != nil {
		return false, fmt.Errorf("marking %s: %w", name, err)
	}
	return false, nil
}

// copyToIndex copies a blob of the exports container. One of an attempt that has a
// manifest is copied as well: what follows a manifest may not have been done.
func (l *Ledger) copyToIndex(ctx context.Context, name string) error {
	body, _, err := l.exports.Read(ctx, name, maxRecord)
	if errors.Is(err, archive.ErrNotFound) {
		return nil // another one has moved it
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	if _, err := l.index.Create(ctx, name, body, nil); err != nil {
		return fmt.Errorf("moving %s: %w", name, err)
	}
	return nil
}

package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// adoptedPrefix is the root, on the index, of marks: each is for a blob that was
// adopted and can't be removed from where it was.
const adoptedPrefix = "_adopted/"

// Adopted is what AdoptIndex did.
type Adopted struct {
	Moved    int
	Kept     int  // that can't be removed from the exports container
	Complete bool // no attempt that is open is missing on the index
}

// AdoptIndex moves the index of an earlier version out of the exports container,
// until a time, and a few blobs in any case; the next call goes on behind them. What
// can't be removed there, since a policy or a hold keeps it, is marked on the index and
// copied only once. One that can't be moved keeps no other.
func (l *Ledger) AdoptIndex(ctx context.Context, until time.Time) (Adopted, error) {
	before, err := l.adoptingOf(ctx)
	if err != nil {
		return Adopted{}, err
	}

	after := before
	var out Adopted
	var errs []error
	for _, of := range []struct {
		prefix string
		place  *adoptPlace
	}{{dsr.OpenPrefix, &after.Open}, {dsr.ExpiresPrefix, &after.Expires}, {dsr.PoisonPrefix, &after.Poison}} {
		p := &adoption{
			ledger: l,
			prefix: of.prefix,
			place:  *of.place,
			until:  until,
		}
		ended, err := p.run(ctx)
		errs = append(errs, err, p.failure())
		out.Moved += p.moved
		out.Kept += p.kept

		if of.prefix == dsr.OpenPrefix {
			out.Complete = err == nil && !p.missed && (ended || p.place.Whole)
		}
		if err == nil {
			*of.place = p.place
		}
	}
	if after != before {
		errs = append(errs, l.saveIndex(ctx, adoptingBlob, after))
	}

	return out, errors.Join(errs...)
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

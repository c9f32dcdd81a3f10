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

// adoptedPrefix is the prefix of the marks on the index. A mark stands for a blob that
// was copied to the index and could not be removed from the exports container.
const adoptedPrefix = "_adopted/"

// Adopted is the outcome of AdoptIndex.
type Adopted struct {
	Moved    int
	Kept     int  // blobs that could not be removed from the exports container
	Complete bool // whether the index has every open attempt
}

// AdoptIndex moves the index of an earlier version out of the exports container. It
// ends at until, after a few blobs in any case, and the next call continues. A blob
// that a policy or a hold keeps in the exports container is copied once and marked on
// the index. A blob that can't be moved does not stop the others.
func (l *Ledger) AdoptIndex(ctx context.Context, until time.Time) (Adopted, error) {
	before, err := l.readAdoption(ctx)
	if err != nil {
		return Adopted{}, err
	}

	after := before
	var out Adopted
	var errs []error
	for _, of := range []struct {
		prefix   string
		progress *prefixProgress
	}{{dsr.OpenPrefix, &after.Open}, {dsr.ExpiresPrefix, &after.Expires}, {dsr.PoisonPrefix, &after.Poison}} {
		p := &adoption{
			ledger:   l,
			prefix:   of.prefix,
			progress: *of.progress,
			until:    until,
		}
		ended, err := p.run(ctx)
		errs = append(errs, err, p.failure())
		out.Moved += p.moved
		out.Kept += p.kept

		if of.prefix == dsr.OpenPrefix {
			out.Complete = err == nil && !p.missed && (ended || p.progress.Whole)
		}
		if err == nil {
			*of.progress = p.progress
		}
	}

	if after != before {
		errs = append(errs, l.saveIndex(ctx, adoptionBlob, after))
	}

	return out, errors.Join(errs...)
}

// adopt copies a blob to the index, unless an earlier call did, and removes it from
// the exports container. gone reports whether it was removed. A blob below the open
// prefix that names no attempt stays where it is.
func (l *Ledger) adopt(ctx context.Context, name string) (gone bool, err error) {
	if strings.HasPrefix(name, dsr.OpenPrefix) {
		if _, err := dsr.ParseOpen(name); err != nil {
			return false, nil //nolint:nilerr // its name is no attempt's
		}
	}

	mark := adoptedPrefix + name
	marked, err := exists(ctx, l.index, mark)
	if err == nil && !marked {
		err = l.copyToIndex(ctx, name)
	}
	if err != nil {
		return false, err
	}

	removed := l.exports.Backend().Delete(ctx, name) == nil
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case removed && marked:
		return true, l.index.Backend().Delete(ctx, mark)
	case removed || marked:
		return removed, nil
	}

	if _, err := l.index.Create(ctx, mark, []byte("{}"), nil); err != nil {
		return false, fmt.Errorf("marking %s: %w", name, err)
	}
	return false, nil
}

// copyToIndex copies a blob of the exports container to the index, also that of an
// attempt with a manifest: the steps that follow the manifest may be missing.
func (l *Ledger) copyToIndex(ctx context.Context, name string) error {
	body, _, err := l.exports.Read(ctx, name, maxRecord)
	if errors.Is(err, archive.ErrNotFound) {
		return nil // another process has moved it
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	if _, err := l.index.Create(ctx, name, body, nil); err != nil {
		return fmt.Errorf("moving %s: %w", name, err)
	}
	return nil
}

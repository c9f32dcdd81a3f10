package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// PersonCopy is what is recorded of a copy for the person.
type PersonCopy struct {
	Order   dsr.CopyOrder
	Review  *dsr.CopyReview  // nil: what is uncertain is not listed yet
	Release *dsr.CopyRelease // nil: nobody has released it
	Receipt *dsr.CopyReceipt // nil: it is not made yet
	End     *dsr.CopyEnd     // nil: it has not ended
}

// AwaitsReview reports whether what is uncertain is listed, and nobody has released the copy.
func (c PersonCopy) AwaitsReview() bool {
	return c.Order.Review != "" && c.Review != nil && c.Release == nil && c.Receipt == nil && c.End == nil
}

// Name returns which copy it is.
func (c PersonCopy) Name() dsr.CopyName { return c.Order.Name() }

// PersonCopy returns what is recorded of a copy, or false where nobody has ordered it.
func (l *Ledger) PersonCopy(ctx context.Context, name dsr.CopyName) (c PersonCopy, found bool, err error) {
	if c.Order, _, found, err = read[dsr.CopyOrder](ctx, l.audit, name.Order()); err != nil || !found {
		return PersonCopy{}, false, err
	}

	if c.End, err = readIfThere[dsr.CopyEnd](ctx, l.audit, name.End()); err != nil {
		return c, false, err
	}
	if c.Review, err = readIfThere[dsr.CopyReview](ctx, l.audit, name.Review()); err != nil {
		return c, false, err
	}
	if c.Order.Review != "" {
		if c.Release, err = readIfThere[dsr.CopyRelease](ctx, l.audit, name.Release()); err != nil {
			return c, false, err
		}
	}
	c.Receipt, err = readIfThere[dsr.CopyReceipt](ctx, l.audit, name.Receipt())

	return c, true, err
}

// readIfThere returns a record, nil where there is none.
func readIfThere[T any](ctx context.Context, a *archive.Archive, name string) (*T, error) {
	v, _, found, err := read[T](ctx, a, name)
	if err != nil || !found {
		return nil, err
	}
	return &v, nil
}

// LatestCopy returns what is recorded of the last copy that was ordered of a request, or false
// where nobody has ordered one.
func (l *Ledger) LatestCopy(ctx context.Context, id string) (PersonCopy, bool, error) {
	var last dsr.CopyName
	for info, err := range l.audit.Backend().List(ctx, dsr.CopyPrefix(id), "") {
		if err != nil {
			return PersonCopy{}, false, fmt.Errorf("listing %s: %w", dsr.CopyPrefix(id), err)
		}
		if name, _, ok := dsr.ParseCopyRecord(id, info.Name); ok && name.Order() == info.Name {
			last = name
		}
	}

	if last.Number == 0 {
		return PersonCopy{}, false, nil
	}
	return l.PersonCopy(ctx, last)
}

// OrderCopy records the order of a copy and returns the stored one. It enters the copy in the
// index of those that have not ended, by which the watch finds it.
func (l *Ledger) OrderCopy(ctx context.Context, o dsr.CopyOrder) (dsr.CopyOrder, error) {
	o.SchemaVersion = dsr.SchemaVersion
	stored, _, err := record(ctx, l.audit, o.Name().Order(), o, nil)
	if err != nil {
		return o, err
	}
	return stored, l.IndexCopy(ctx, o.Name())
}

// IndexCopy enters a copy in the index of those that have not ended.
func (l *Ledger) IndexCopy(ctx context.Context, name dsr.CopyName) error {
	if _, err := l.index.Create(ctx, name.Index(), []byte("{}"), nil); err != nil {
		return fmt.Errorf("recording %s: %w", name.Index(), err)
	}
	return nil
}

// ListCopies yields the copies that have not ended.
func (l *Ledger) ListCopies(ctx context.Context) iter.Seq2[dsr.CopyName, error] {
	return func(yield func(dsr.CopyName, error) bool) {
		for info, err := range l.index.Backend().List(ctx, dsr.CopiesPrefix, "") {
			if err != nil {
				yield(dsr.CopyName{}, fmt.Errorf("listing %s: %w", dsr.CopiesPrefix, err))
				return
			}
			name, err := dsr.ParseCopyIndex(info.Name)
			if err != nil {
				continue // nobody of ours has written it
			}
			if !yield(name, nil) {
				return
			}
		}
	}
}

// CopySignature returns the recorded signature of a copy, or false when there is none yet.
func (l *Ledger) CopySignature(ctx context.Context, name dsr.CopyName) (dsr.CopySignature, bool, error) {
	s, _, found, err := read[dsr.CopySignature](ctx, l.audit, name.Signature())
	return s, found, err
}

// RecordCopySignature records the signature of a copy and returns the stored one.
func (l *Ledger) RecordCopySignature(ctx context.Context, s dsr.CopySignature) (dsr.CopySignature, error) {
	s.SchemaVersion = dsr.SchemaVersion
	stored, _, err := record(ctx, l.audit, dsr.CopyName{RequestID: s.RequestID, Number: s.Number}.Signature(), s, nil)
	return stored, err
}

// RecordCopyReceipt records what was made and returns the stored receipt.
func (l *Ledger) RecordCopyReceipt(ctx context.Context, r dsr.CopyReceipt) (dsr.CopyReceipt, error) {
	r.SchemaVersion = dsr.SchemaVersion
	stored, _, err := record(ctx, l.audit, dsr.CopyName{RequestID: r.RequestID, Number: r.Number}.Receipt(), r, nil)
	return stored, err
}

// EndCopy records that a copy has ended, removes it, and takes it off the index. The record
// comes first: from then on nobody gets the copy, whatever becomes of the blob. The first
// record stands, and is returned.
func (l *Ledger) EndCopy(ctx context.Context, e dsr.CopyEnd) (dsr.CopyEnd, error) {
	e.SchemaVersion = dsr.SchemaVersion
	name := dsr.CopyName{RequestID: e.RequestID, Number: e.Number}
	stored, _, err := record(ctx, l.audit, name.End(), e, nil)
	if err != nil {
		return e, err
	}
	return stored, l.RemoveCopy(ctx, name)
}

// RemoveCopy removes what is left of a copy that has ended. A newer copy of the request stays.
func (l *Ledger) RemoveCopy(ctx context.Context, name dsr.CopyName) error {
	info, err := l.StoredCopy(ctx, name.RequestID)
	switch {
	case errors.Is(err, archive.ErrNotFound):
	case err != nil:
		return err
	case NumberOf(info) <= name.Number:
		if err := l.exports.Backend().Delete(ctx, info.Name); err != nil {
			return fmt.Errorf("removing %s: %w", info.Name, err)
		}
	}

	if err := l.RemoveCopyStates(ctx, name, ""); err != nil {
		return err
	}
	if err := l.index.Backend().Delete(ctx, name.Index()); err != nil {
		return fmt.Errorf("removing %s: %w", name.Index(), err)
	}
	return nil
}

// NumberOf returns the number of the copy that a blob is, 0 where it says none.
func NumberOf(info archive.Info) int {
	n, _ := strconv.Atoi(info.Metadata[dsr.MetaCopy]) // 0 is the number of none
	return n
}

// StoredCopy describes the blob of a request's copy. The error is archive.ErrNotFound where
// there is none.
func (l *Ledger) StoredCopy(ctx context.Context, id string) (archive.Info, error) {
	info, err := l.exports.Backend().Stat(ctx, dsr.CopyBlob(id))
	if err != nil && !errors.Is(err, archive.ErrNotFound) {
		err = fmt.Errorf("looking for %s: %w", dsr.CopyBlob(id), err)
	}
	return info, err
}

// endCopyOf ends the copy of a request whose documents are to be removed, if it is stored. One
// that is being made ends when it is done, or with the next watch.
func (l *Ledger) endCopyOf(ctx context.Context, id string, at time.Time) error {
	info, err := l.StoredCopy(ctx, id)
	if errors.Is(err, archive.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = l.EndCopy(ctx, dsr.CopyEnd{
		RequestID: id,
		Number:    max(1, NumberOf(info)),
		Why:       dsr.CopyRetention,
		At:        at.UTC(),
	})
	return err
}

// Outlived reports whether the removal of documents has begun of which a copy is made.
func (l *Ledger) Outlived(ctx context.Context, c PersonCopy) (bool, error) {
	for n := range c.Order.Attempt {
		removed, err := l.Removed(ctx, dsr.Attempt{RequestID: c.Order.RequestID, Number: n + 1})
		if err != nil || removed {
			return removed, err
		}
	}
	return false, nil
}

// Removed reports whether the removal of an attempt's documents has begun.
func (l *Ledger) Removed(ctx context.Context, a dsr.Attempt) (bool, error) {
	return exists(ctx, l.audit, a.Retention())
}

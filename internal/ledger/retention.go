package ledger

import (
	"context"
	"fmt"
	"iter"
	"time"

	"azureml-dsr/internal/dsr"
)

// Expired is an attempt on the index of what may be removed.
type Expired struct {
	dsr.Attempt
	Index string    // its index blob
	Day   time.Time // on which its documents may go
}

// ListExpired lists the attempts whose day on the index has come, the oldest
// first. A name that says nothing is an error after which the list goes on.
func (l *Ledger) ListExpired(ctx context.Context, now time.Time) iter.Seq2[Expired, error] {
	return l.expiredFrom(ctx, "", now)
}

// expiredFrom is ListExpired from an index blob on; "" is the first.
func (l *Ledger) expiredFrom(ctx context.Context, from string, now time.Time) iter.Seq2[Expired, error] {
	return func(yield func(Expired, error) bool) {
		for info, err := range l.index.Backend().List(ctx, dsr.ExpiresPrefix, from) {
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

// AnyOpen reports whether any attempt of a request is open.
func (l *Ledger) AnyOpen(ctx context.Context, id string) (bool, error) {
	prefix := dsr.OpenPrefix + id + "~"
	for _, err := range l.index.Backend().List(ctx, prefix, "") {
		if err != nil {
			return false, fmt.Errorf("listing %s: %w", prefix, err)
		}
		return true, nil
	}
	return false, nil
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
	if err := l.index.Backend().Delete(ctx, e.Index); err != nil {
		return fmt.Errorf("removing %s: %w", e.Index, err)
	}
	return nil
}

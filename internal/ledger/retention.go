package ledger

import (
	"context"
	"fmt"
	"iter"
	"time"

	"azureml-dsr/internal/dsr"
)

// Expired is an attempt on the index of what expires.
type Expired struct {
	dsr.Attempt
	Index string    // the name of its index blob
	Day   time.Time // from which its documents may be removed
}

// ListExpired yields the attempts whose day has come, the oldest first. A name that is no
// attempt's yields an error, and the list continues.
func (l *Ledger) ListExpired(ctx context.Context, now time.Time) iter.Seq2[Expired, error] {
	return l.expiredFrom(ctx, "", now)
}

// expiredFrom is ListExpired starting at an index blob; "" is the first.
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

// RemoveSubject removes a request's subject.json unless documents of an attempt are left. Two
// concurrent removals can't both miss it: the one that lists last finds no documents.
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

// RemoveExpired removes an attempt, whose documents are gone, from the index.
func (l *Ledger) RemoveExpired(ctx context.Context, e Expired) error {
	if err := l.index.Backend().Delete(ctx, e.Index); err != nil {
		return fmt.Errorf("removing %s: %w", e.Index, err)
	}
	return nil
}

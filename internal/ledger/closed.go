package ledger

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// Keys of the metadata of a blob below the closed prefix of the index.
const (
	metaKind      = "kind"
	metaStatus    = "status"
	metaSubmitted = "submitted"
	metaDue       = "due"
	metaFailures  = "failures"
	metaReason    = "reason"
)

// RecordClosed adds a closed attempt to the index of closed ones, in place of the request's
// attempt before it. A listing of that index is in the order of closing, the latest first,
// and needs no other record.
func (l *Ledger) RecordClosed(ctx context.Context, a dsr.Attempt, m dsr.Manifest) error {
	status, err := l.Overall(ctx, a, m)
	if err != nil {
		return err
	}

	meta := map[string]string{
		metaKind:      m.Kind,
		metaStatus:    string(status),
		metaSubmitted: m.SubmittedAt.UTC().Format(time.RFC3339),
		metaDue:       m.DueAt.UTC().Format(time.RFC3339),
		metaFailures:  strconv.Itoa(len(m.Failures) + m.FailuresOmitted),
	}
	if reason := dsr.MainReason(m.Failures); reason != "" {
		meta[metaReason] = reason
	}

	name := a.Closed(m.ClosedAt)
	if _, err := l.index.Create(ctx, name, []byte("{}"), meta); err != nil {
		return fmt.Errorf("recording %s: %w", name, err)
	}
	if a.Number == 1 {
		return nil
	}

	before := a.Before()
	earlier, _, found, err := l.Manifest(ctx, before)
	if err != nil || !found {
		return err
	}
	if err := l.index.Backend().Delete(ctx, before.Closed(earlier.ClosedAt)); err != nil {
		return fmt.Errorf("removing %s: %w", before.Closed(earlier.ClosedAt), err)
	}

	return nil
}

// Overall returns how a request stands whose last attempt is closed. Where that attempt did
// nothing of what was left, the request has still what earlier ones did.
func (l *Ledger) Overall(ctx context.Context, last dsr.Attempt, m dsr.Manifest) (dsr.Status, error) {
	if m.Status != dsr.StatusFailed {
		return m.Status, nil
	}

	for a := last.Before(); a.Number > 0; a = a.Before() {
		before, _, closed, err := l.Manifest(ctx, a)
		if err != nil {
			return "", err
		}
		if closed && before.Status == dsr.StatusPartiallyFailed {
			return before.Status, nil
		}
	}

	return m.Status, nil
}

// ListClosed returns a page of the index of closed attempts, the latest first: at most so
// many, from a name on, and whether there are more.
func (l *Ledger) ListClosed(ctx context.Context, from string, most int) (page []dsr.ClosedMark, more bool, err error) {
	return listMarks(ctx, l.index, dsr.ClosedPrefix, from, most, func(i archive.Info, _ string) (dsr.ClosedMark, error) {
		return parseClosed(i)
	})
}

// parseClosed reads an index blob. What its metadata lacks is left out: the name alone
// counts.
func parseClosed(i archive.Info) (dsr.ClosedMark, error) {
	a, at, err := dsr.ParseClosed(i.Name)
	if err != nil {
		return dsr.ClosedMark{}, fmt.Errorf("%w: %w", dsr.ErrNoRecord, err)
	}

	mark := dsr.ClosedMark{
		Attempt:  a,
		Name:     i.Name[len(dsr.ClosedPrefix):],
		ClosedAt: at,
		Kind:     i.Metadata[metaKind],
		Status:   dsr.Status(i.Metadata[metaStatus]),
		Reason:   i.Metadata[metaReason],
	}
	mark.SubmittedAt, _ = time.Parse(time.RFC3339, i.Metadata[metaSubmitted])
	mark.DueAt, _ = time.Parse(time.RFC3339, i.Metadata[metaDue])
	mark.Failures, _ = strconv.Atoi(i.Metadata[metaFailures])

	return mark, nil
}

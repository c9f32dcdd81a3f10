package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"azureml-dsr/internal/dsr"
)

// previous returns a reference to the manifest that precedes an attempt's, or nil.
func (l *Ledger) previous(ctx context.Context, a dsr.Attempt) (*dsr.Previous, error) {
	if a.Number == 1 {
		return l.runBefore(ctx, a.RequestID)
	}
	before, sum, found, err := l.Manifest(ctx, a.Before())
	if err == nil && !found {
		err = fmt.Errorf("closing %s: the attempt before has no manifest", a.Prefix())
	}
	if err != nil {
		return nil, err
	}
	return &dsr.Previous{Attempt: before.Attempt, SHA256: sum, Totals: before.Totals}, nil
}

// lookBack are the time spans in which the previous run of a scheduled export is searched,
// shortest first, so that years of runs are not listed. 0 is without limit.
var lookBack = []time.Duration{time.Hour, 24 * time.Hour, 8 * 24 * time.Hour, 63 * 24 * time.Hour, 0}

// runBefore returns a reference to the manifest of the last closed run before a run of a
// scheduled export. It is nil for other requests and for the first run.
func (l *Ledger) runBefore(ctx context.Context, id string) (*dsr.Previous, error) {
	prefix, at, ok := dsr.SplitBulkID(id)
	if !ok {
		return nil, nil
	}

	before := id
	for _, span := range lookBack {
		from := prefix
		if span > 0 {
			from = prefix + at.Add(-span).Format(dsr.BulkTime)
		}
		runs, err := l.requestsBetween(ctx, prefix, from, before)
		if err != nil {
			return nil, err
		}

		for _, run := range slices.Backward(runs) {
			if p, err := l.lastManifest(ctx, run); p != nil || err != nil {
				return p, err
			}
		}
		before = from
	}

	return nil, nil
}

// requestsBetween returns the request ids with evidence from one id on and before another.
// It lists only the first blob of each request.
func (l *Ledger) requestsBetween(ctx context.Context, prefix, from, before string) ([]string, error) {
	var ids []string
	for {
		id, err := l.requestFrom(ctx, prefix, from)
		if err != nil || id == "" || id >= before {
			return ids, err
		}
		ids = append(ids, id)
		from = id + string('/'+1)
	}
}

// requestFrom returns the first request id with evidence from a name on, or "".
func (l *Ledger) requestFrom(ctx context.Context, prefix, from string) (string, error) {
	for info, err := range l.audit.Backend().List(ctx, prefix, from) {
		if err != nil {
			return "", fmt.Errorf("listing the runs before: %w", err)
		}
		id, _, _ := strings.Cut(info.Name, "/")
		return id, nil
	}
	return "", nil
}

// lastManifest returns a reference to the manifest of a request's last closed attempt, or
// nil.
func (l *Ledger) lastManifest(ctx context.Context, id string) (p *dsr.Previous, err error) {
	for a := (dsr.Attempt{RequestID: id, Number: 1}); ; a.Number++ {
		_, sum, closed, err := l.Manifest(ctx, a)
		if err != nil || !closed {
			return p, err
		}
		p = &dsr.Previous{RequestID: id, Attempt: a.Number, SHA256: sum}
	}
}

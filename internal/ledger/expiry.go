package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// countsPerSave is how many blobs are counted before the progress is saved.
const countsPerSave = 20_000

// progress is the body of a blob below the expiry prefix of the index: how far the
// documents of an attempt are counted, and later where their removal continues. It only
// saves work.
//
// Of two processes that count at the same time it does not matter whose progress is
// kept. Each writes a whole count of the blobs up to a name, and nothing is removed before
// the final count is recorded.
type progress struct {
	SchemaVersion string   `json:"schemaVersion,omitempty"`
	Counted       *counted `json:"counted,omitempty"`
	RemoveFrom    string   `json:"removeFrom,omitempty"` // "" is the first blob
}

// counted is the sum of an attempt's blobs up to a name.
type counted struct {
	Through   string `json:"through"` // the last blob that is counted
	Blobs     int64  `json:"blobs"`
	Documents int64  `json:"documents"`
	Bytes     int64  `json:"bytes"`
}

func (c *counted) add(info archive.Info) {
	c.Through = info.Name
	c.Blobs++
	c.Bytes += info.Size
	if n, err := strconv.ParseInt(info.Metadata[archive.MetaDocuments], 10, 64); err == nil {
		c.Documents += n
	}
}

// progressOf returns the saved progress of an attempt, or the zero value.
func (l *Ledger) progressOf(ctx context.Context, e Expired) (progress, error) {
	p, _, _, err := read[progress](ctx, l.index, e.Index)
	if p.Counted != nil && !strings.HasPrefix(p.Counted.Through, e.Prefix()) {
		p.Counted = nil // no blob of the attempt has this name
	}
	return p, err
}

func (l *Ledger) saveProgress(ctx context.Context, e Expired, p progress) error {
	p.SchemaVersion = dsr.SchemaVersion
	body, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encoding %s: %w", e.Index, err)
	}
	if err := l.index.Backend().Replace(ctx, e.Index, body); err != nil {
		return fmt.Errorf("writing %s: %w", e.Index, err)
	}
	return nil
}

// Counted is the outcome of RecordRetention.
type Counted struct {
	Record dsr.Retention // the stored record, if Done
	Blobs  int           // the number of blobs that this call counted
	Done   bool
}

// RecordRetention counts an attempt's documents and records the counts in r, before any
// document is removed. A record that exists already stands, because its counts are from
// before the first removal. It ends at until, after one blob in any case, and the next
// call continues. With the record it ends the copy that was made of the documents for the
// person; where a crash is between the two, the watch does.
func (l *Ledger) RecordRetention(ctx context.Context, e Expired, r dsr.Retention, until time.Time) (Counted, error) {
	stored, _, found, err := read[dsr.Retention](ctx, l.audit, e.Retention())
	if err != nil || found {
		return Counted{Record: stored, Done: found}, err
	}
	sum, n, done, err := l.count(ctx, e, until)
	if err != nil || !done {
		return Counted{Blobs: n}, err
	}

	r.SchemaVersion, r.Blobs, r.Documents, r.Bytes = dsr.SchemaVersion, sum.Blobs, sum.Documents, sum.Bytes
	if stored, _, err = record(ctx, l.audit, e.Retention(), r, nil); err == nil {
		err = l.endCopyOf(ctx, e.RequestID, r.BeganAt)
	}
	return Counted{Record: stored, Blobs: n, Done: err == nil}, err
}

// count continues to count an attempt's blobs. n is how many this call counted. done
// reports whether the sum includes all of them.
func (l *Ledger) count(ctx context.Context, e Expired, until time.Time) (sum counted, n int, done bool, err error) {
	p, err := l.progressOf(ctx, e)
	if err != nil {
		return sum, 0, false, err
	}

	if p.Counted != nil {
		sum = *p.Counted
	}
	for info, err := range l.exports.Backend().List(ctx, e.Prefix(), sum.Through) {
		switch {
		case err != nil:
			return sum, n, false, fmt.Errorf("listing %s: %w", e.Prefix(), err)
		case info.Name == sum.Through:
			continue
		case n > 0 && !time.Now().Before(until):
			return sum, n, false, l.saveProgress(ctx, e, progress{Counted: &sum})
		}

		sum.add(info)
		n++
		if n%countsPerSave != 0 {
			continue
		}
		if err := l.saveProgress(ctx, e, progress{Counted: &sum}); err != nil {
			return sum, n, false, err
		}
	}
	return sum, n, true, nil
}

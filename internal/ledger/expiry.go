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

// countStretch is how many blobs are counted before that is kept.
const countStretch = 20_000

// progress is the body of a blob on the index of what expires: how far its
// documents are counted, and then where their removal goes on. It saves work only.
// One counter writes it whole, and nothing is removed before the record of what was
// counted is there, so each is true of the blobs up to its name: of two that count
// at once it does not matter whose is kept.
type progress struct {
	SchemaVersion string   `json:"schemaVersion,omitempty"`
	Counted       *counted `json:"counted,omitempty"`
	RemoveFrom    string   `json:"removeFrom,omitempty"` // "" is the first blob
}

// counted is the sum of an attempt's first blobs.
type counted struct {
	Through   string `json:"through"` // the last blob that is in it
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

// progressOf returns how far an attempt is; nothing where nobody has kept it.
func (l *Ledger) progressOf(ctx context.Context, e Expired) (progress, error) {
	p, _, _, err := read[progress](ctx, l.index, e.Index)
	if p.Counted != nil && !strings.HasPrefix(p.Counted.Through, e.Prefix()) {
		p.Counted = nil // it is of no blob of the attempt
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

// Counted is what RecordRetention did.
type Counted struct {
	Record dsr.Retention // the stored one, when it is done
	Blobs  int           // that this call counted
	Done   bool
}

// RecordRetention records what an attempt's documents are before they are
// removed. It fills in the counts; a record that is there already has those from
// before the first removal. It ends at a time, having counted something, and the next call goes on there.
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
	stored, _, err = record(ctx, l.audit, e.Retention(), r, nil)
	return Counted{Record: stored, Blobs: n, Done: err == nil}, err
}

// count goes on counting an attempt's blobs. It returns how many it has counted,
// and whether the sum has all of them.
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
		if n++; n%countStretch != 0 {
			continue
		}
		if err := l.saveProgress(ctx, e, progress{Counted: &sum}); err != nil {
			return sum, n, false, err
		}
	}

	return sum, n, true, nil
}

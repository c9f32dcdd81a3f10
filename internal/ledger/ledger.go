// Package ledger keeps what is recorded of a request: its plan, pages,
// receipts, hops and manifest. A record is written once; who finds one uses
// the stored one, always. Nothing here calls Azure ML.
package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"

	"golang.org/x/sync/singleflight"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// maxRecord bounds a record that is read whole; the largest is a plan.
const maxRecord = 64 << 20

// Ledger records on three containers: audit holds the evidence, exports the
// documents, and index what is open, expires or is parked. A hold or a policy on
// the documents must not keep the index from changing.
type Ledger struct {
	audit    *archive.Archive
	exports  *archive.Archive
	index    *archive.Archive
	plans    cache[dsr.Attempt, dsr.Plan]
	deletes  cache[dsr.Attempt, keptDeletions]
	subjects cache[string, *dsr.Subject]
	pages    cache[string, keptPage] // by the record's name
	// planParts has the things of parts of deletion plans, by name and hash.
	planParts cache[string, []dsr.Planned]
	// planReads and deletionReads are the reads, under way, of plans and of deletion
	// plans with their parts.
	planReads, deletionReads singleflight.Group
	// unfailed is how far the receipts of nodes are known to have no failure.
	unfailed cache[unfailedKey, unfailedMark]
}

// New makes a ledger on its containers.
func New(audit, exports, index *archive.Archive) *Ledger {
	return &Ledger{
		audit:     audit,
		exports:   exports,
		index:     index,
		plans:     newPlans(),
		deletes:   newDeletions(),
		pages:     cache[string, keptPage]{limit: cachedPages},
		planParts: cache[string, []dsr.Planned]{limit: cachedPlanParts, weigh: weightOf},
		unfailed:  cache[unfailedKey, unfailedMark]{limit: keptUnfailed},
	}
}

// record stores v under a name unless something is there, and gives what is
// stored and its SHA-256: v itself, or what another writer stored before.
func record[T any](ctx context.Context, a *archive.Archive, name string, v T, meta map[string]string) (T, string, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return v, "", fmt.Errorf("encoding %s: %w", name, err)
	}
	if err := checkLength(name, body); err != nil {
		return v, "", err
	}
	info, err := a.Create(ctx, name, body, meta)
	if err != nil {
		return v, "", fmt.Errorf("recording %s: %w", name, err)
	}
	if sum := hash(body); info.Metadata[dsr.MetaSHA256] == sum {
		return v, sum, nil
	}

	stored, sum, _, err := read[T](ctx, a, name)
	return stored, sum, err
}

// read returns a record and its SHA-256; false when there is none.
func read[T any](ctx context.Context, a *archive.Archive, name string) (v T, sum string, found bool, err error) {
	body, _, err := a.Read(ctx, name, maxRecord)
	if errors.Is(err, archive.ErrNotFound) {
		return v, "", false, nil
	}
	if err != nil {
		return v, "", false, fmt.Errorf("reading %s: %w", name, err)
	}
	if err := json.Unmarshal(body, &v); err != nil {
		return v, "", false, fmt.Errorf("record %s is not what was written: %w", name, err)
	}
	return v, hash(body), true, nil
}

func exists(ctx context.Context, a *archive.Archive, name string) (bool, error) {
	_, err := a.Backend().Stat(ctx, name)
	if errors.Is(err, archive.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for %s: %w", name, err)
	}
	return true, nil
}

func hash(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// marks turns a listing below a prefix into what it tells of records.
func marks[T any](ctx context.Context, a *archive.Archive, prefix string, parse func(archive.Info, string) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		for info, err := range a.Backend().List(ctx, prefix, "") {
			if err != nil {
				yield(zero, fmt.Errorf("listing %s: %w", prefix, err))
				return
			}
			m, err := parse(info, strings.TrimPrefix(info.Name, prefix))
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}

// listMarks is one call of a listing below a prefix, as what it tells of records.
// from is a name below the prefix. A name that no record has is passed over:
// verification reports it.
func listMarks[T any](ctx context.Context, a *archive.Archive, prefix, from string, most int, parse func(archive.Info, string) (T, error)) (marks []T, more bool, err error) {
	for more = true; more && len(marks) == 0; {
		var page []archive.Info
		page, more, err = a.Backend().ListPage(ctx, prefix, prefix+from, most)
		if err != nil {
			return nil, false, fmt.Errorf("listing %s: %w", prefix, err)
		}

		for _, info := range page {
			rest := strings.TrimPrefix(info.Name, prefix)
			m, err := parse(info, rest)
			if errors.Is(err, dsr.ErrNoRecord) {
				continue
			}
			if err != nil {
				return nil, false, err
			}

			marks = append(marks, m)
		}

		if more && len(page) > 0 && len(marks) == 0 {
			from = strings.TrimPrefix(page[len(page)-1].Name, prefix) + " "
		}
	}
	return marks, more, nil
}

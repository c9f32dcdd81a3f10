// Package ledger keeps the records of a request: its plan, pages, receipts, resends and
// manifest. A record is written once. Whoever finds one uses the stored one. Nothing here
// calls Azure ML.
package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/sync/singleflight"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// maxRecord is the longest record in bytes. The longest records are plans.
const maxRecord = 64 << 20

// Ledger keeps its records in three containers. audit has the evidence and exports the
// documents. index has what is open, expires or is parked; it is separate because a legal
// hold or an immutability policy on the documents must not freeze it.
type Ledger struct {
	audit    *archive.Archive
	exports  *archive.Archive
	index    *archive.Archive
	plans    cache[dsr.Attempt, dsr.Plan]
	deletes  cache[dsr.Attempt, cachedDeletion]
	subjects cache[string, *dsr.Subject]
	pages    cache[string, cachedPage] // by the record's name
	// planParts has the parts of deletion plans, by name and hash.
	planParts cache[string, []dsr.Planned]
	// planReads and deletionReads are the reads in progress of plans, and of deletion
	// plans and their parts.
	planReads, deletionReads singleflight.Group
	// unfailed is how far the receipts of nodes are known to have no failure.
	unfailed cache[unfailedKey, unfailedMark]
}

// New returns a ledger on its containers.
func New(audit, exports, index *archive.Archive) *Ledger {
	return &Ledger{
		audit:     audit,
		exports:   exports,
		index:     index,
		plans:     newPlans(),
		deletes:   newDeletions(),
		pages:     cache[string, cachedPage]{limit: cachedPages},
		planParts: cache[string, []dsr.Planned]{limit: cachedPlanParts, weigh: weightOf},
		unfailed:  cache[unfailedKey, unfailedMark]{limit: cachedUnfailed},
	}
}

// record stores v under a name unless the name is taken. It returns the stored record and
// its SHA-256: v itself, or what another writer stored before.
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

// read returns a record and its SHA-256, or false when there is none.
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

package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// cachedDeletions is about how many bytes the deletion plans have that a process
// keeps. A plan that is larger is kept alone.
const cachedDeletions = 16 << 20

// keptDeletions is a deletion plan as it is stored. Nobody may change its stages.
type keptDeletions struct {
	plan  dsr.DeletionPlan
	sum   string
	found bool
}

// newDeletions makes the cache of deletion plans.
func newDeletions() cache[dsr.Attempt, keptDeletions] {
	return cache[dsr.Attempt, keptDeletions]{limit: cachedDeletions, weigh: keptDeletions.weight}
}

// What a record of a deletion plan takes beside its texts, in bytes.
const (
	stageWeight = 300
	refWeight   = 150
	thingWeight = 64
)

// weight is about how many bytes the plan takes.
func (k keptDeletions) weight() int {
	n := stageWeight * (1 + len(k.plan.Stages) + len(k.plan.Held) + len(k.plan.Mentions))
	for _, d := range k.plan.Stages {
		n += refWeight*len(d.Parts) + weightOf(d.Items)
	}
	return n
}

// weightOf is about how many bytes things take.
func weightOf(things []dsr.Planned) int {
	n := thingWeight
	for _, t := range things {
		n += thingWeight + len(t.Item) + len(t.URL) + len(t.CreatedAt)
	}
	return n
}

// DeletionPlan returns what an attempt is to delete, and its SHA-256; false when
// that is not decided yet. It is kept: every task that deletes asks for it. Those that
// ask at once read it once.
func (l *Ledger) DeletionPlan(ctx context.Context, a dsr.Attempt) (dsr.DeletionPlan, string, bool, error) {
	if kept, ok := l.deletes.get(a); ok {
		return kept.plan, kept.sum, true, nil
	}

	kept, err := readOnce(ctx, &l.deletionReads, a.DeletionPlan(), func() (keptDeletions, error) {
		p, sum, found, err := read[dsr.DeletionPlan](ctx, l.audit, a.DeletionPlan())
		kept := keptDeletions{p, sum, found}
		if err == nil && found {
			l.deletes.put(a, kept)
		}
		return kept, err
	})

	return kept.plan, kept.sum, kept.found, err
}

// RecordDeletionPlan records what an attempt is to delete and gives the stored
// record and its SHA-256.
func (l *Ledger) RecordDeletionPlan(ctx context.Context, p dsr.DeletionPlan) (dsr.DeletionPlan, string, error) {
	p.SchemaVersion = dsr.SchemaVersion
	return record(ctx, l.audit, dsr.Attempt{RequestID: p.RequestID, Number: p.Attempt}.DeletionPlan(), p, nil)
}

// Approval returns the approval of an attempt's deletion plan; false when nobody
// has approved it.
func (l *Ledger) Approval(ctx context.Context, a dsr.Attempt) (dsr.Approval, bool, error) {
	v, _, found, err := read[dsr.Approval](ctx, l.audit, a.Approval())
	return v, found, err
}

// RecordApproval records an approval and gives the stored one.
func (l *Ledger) RecordApproval(ctx context.Context, a dsr.Attempt, v dsr.Approval) (dsr.Approval, error) {
	v.SchemaVersion = dsr.SchemaVersion
	stored, _, err := record(ctx, l.audit, a.Approval(), v, nil)
	return stored, err
}

// Decision returns whether a task may delete; false when that is not decided.
func (l *Ledger) Decision(ctx context.Context, t dsr.Task) (dsr.Decision, bool, error) {
	d, _, found, err := read[dsr.Decision](ctx, l.audit, t.DecisionBlob())
	return d, found, err
}

// RecordDecision records whether a task may delete and gives the stored word:
// the first one stands.
func (l *Ledger) RecordDecision(ctx context.Context, t dsr.Task, d dsr.Decision) (dsr.Decision, error) {
	d.SchemaVersion, d.TaskID = dsr.SchemaVersion, t.ID()
	stored, _, err := record(ctx, l.audit, t.DecisionBlob(), d, nil)
	return stored, err
}

// Deleted returns what the upstream answered to a task's DELETE; false when no
// answer was recorded.
func (l *Ledger) Deleted(ctx context.Context, t dsr.Task) (dsr.DeletionProof, bool, error) {
	d, _, found, err := read[dsr.DeletionProof](ctx, l.audit, t.DeletedBlob())
	return d, found, err
}

// RecordDeleted records what the upstream answered to a task's DELETE, at once:
// what happens afterwards must not lose it.
func (l *Ledger) RecordDeleted(ctx context.Context, t dsr.Task, d dsr.DeletionProof) (dsr.DeletionProof, error) {
	stored, _, err := record(ctx, l.audit, t.DeletedBlob(), d, nil)
	return stored, err
}

// Entries reads the entries of a stored part, without their documents.
func (l *Ledger) Entries(ctx context.Context, a dsr.Attempt, part dsr.PartRef) iter.Seq2[dsr.Entry, error] {
	return func(yield func(dsr.Entry, error) bool) {
		name := a.Prefix() + part.Name
		body, _, err := l.exports.Backend().Open(ctx, name, 0)
		if err != nil {
			yield(dsr.Entry{}, fmt.Errorf("reading part %s: %w", name, err))
			return
		}
		defer body.Close()

		for e, err := range archive.ReadPart(body) {
			if !yield(e.Entry, err) || err != nil {
				return
			}
		}
	}
}

// Deletions returns the proofs in the receipts that an attempt's manifest vouches
// for, in their order.
func (l *Ledger) Deletions(ctx context.Context, a dsr.Attempt, m dsr.Manifest) iter.Seq2[dsr.DeletionProof, error] {
	return func(yield func(dsr.DeletionProof, error) bool) {
		for _, ref := range m.Parts {
			part, _, found, err := read[dsr.ManifestPart](ctx, l.audit, a.Prefix()+ref.Name)
			if err == nil && !found {
				err = fmt.Errorf("manifest part %s is not there", ref.Name)
			}
			if err != nil {
				yield(dsr.DeletionProof{}, err)
				return
			}

			for _, ref := range part.Receipts {
				if _, typ, _ := strings.Cut(ref.Name, "-"+dsr.DeleteType("")); typ == "" {
					continue
				}
				receipt, _, _, err := read[dsr.Receipt](ctx, l.audit, a.Prefix()+ref.Name)
				if err != nil {
					yield(dsr.DeletionProof{}, err)
					return
				}

				for _, d := range receipt.Deletions {
					if !yield(d, nil) {
						return
					}
				}
			}
		}
	}
}

// Holds returns what is on hold.
func (l *Ledger) Holds(ctx context.Context) ([]dsr.Hold, error) {
	latest := map[string]dsr.Hold{}
	var order []string
	for info, err := range l.audit.Backend().List(ctx, dsr.HoldsPrefix, "") {
		if err != nil {
			return nil, fmt.Errorf("listing the holds: %w", err)
		}

		h, _, found, err := read[dsr.Hold](ctx, l.audit, info.Name)
		if err == nil && !found {
			err = errors.New("a hold was listed and is not there")
		}
		if err != nil {
			return nil, err
		}

		if _, known := latest[h.ID]; !known {
			order = append(order, h.ID)
		}

		latest[h.ID] = h // names are in the order of their numbers
	}

	holds := make([]dsr.Hold, 0, len(order))
	for _, id := range order {
		holds = append(holds, latest[id])
	}

	return holds, nil
}

// RecordHold adds a record to a hold: its beginning, or its release.
func (l *Ledger) RecordHold(ctx context.Context, h dsr.Hold) (dsr.Hold, error) {
	h.SchemaVersion = dsr.SchemaVersion
	stored, _, err := record(ctx, l.audit, h.Blob(), h, nil)
	return stored, err
}

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

// cachedDeletions is the approximate size in bytes of the deletion plans that a process
// caches. A larger plan is cached alone.
const cachedDeletions = 16 << 20

// cachedDeletion is a cached deletion plan. Callers must not change its stages.
type cachedDeletion struct {
	plan  dsr.DeletionPlan
	sum   string
	found bool
}

// newDeletions returns the cache of deletion plans.
func newDeletions() cache[dsr.Attempt, cachedDeletion] {
	return cache[dsr.Attempt, cachedDeletion]{limit: cachedDeletions, weigh: cachedDeletion.weight}
}

// Approximate size in bytes of the parts of a deletion plan, without their strings.
const (
	stageWeight = 300
	refWeight   = 150
	thingWeight = 64
)

// weight returns the approximate size of the plan in bytes.
func (k cachedDeletion) weight() int {
	n := stageWeight * (1 + len(k.plan.Stages) + len(k.plan.Held) + len(k.plan.Mentions))
	for _, d := range k.plan.Stages {
		n += refWeight*len(d.Parts) + weightOf(d.Items)
	}
	return n
}

// weightOf returns the approximate size of planned deletions in bytes.
func weightOf(things []dsr.Planned) int {
	n := thingWeight
	for _, t := range things {
		n += thingWeight + len(t.Item) + len(t.URL) + len(t.CreatedAt)
	}
	return n
}

// DeletionPlan returns an attempt's deletion plan and its SHA-256, or false when there is
// none yet. It is cached because every deleting task needs it, and concurrent callers
// share one read.
func (l *Ledger) DeletionPlan(ctx context.Context, a dsr.Attempt) (dsr.DeletionPlan, string, bool, error) {
	if kept, ok := l.deletes.get(a); ok {
		return kept.plan, kept.sum, true, nil
	}

	kept, err := readOnce(ctx, &l.deletionReads, a.DeletionPlan(), func() (cachedDeletion, error) {
		p, sum, found, err := read[dsr.DeletionPlan](ctx, l.audit, a.DeletionPlan())
		kept := cachedDeletion{p, sum, found}
		if err == nil && found {
			l.deletes.put(a, kept)
		}
		return kept, err
	})
	return kept.plan, kept.sum, kept.found, err
}

// RecordDeletionPlan records an attempt's deletion plan and returns the stored one and
// its SHA-256.
func (l *Ledger) RecordDeletionPlan(ctx context.Context, p dsr.DeletionPlan) (dsr.DeletionPlan, string, error) {
	p.SchemaVersion = dsr.SchemaVersion
	return record(ctx, l.audit, dsr.Attempt{RequestID: p.RequestID, Number: p.Attempt}.DeletionPlan(), p, nil)
}

// Approval returns the approval of an attempt's deletion plan, or false when nobody has
// approved it.
func (l *Ledger) Approval(ctx context.Context, a dsr.Attempt) (dsr.Approval, bool, error) {
	v, _, found, err := read[dsr.Approval](ctx, l.audit, a.Approval())
	return v, found, err
}

// RecordApproval records an approval and returns the stored one.
func (l *Ledger) RecordApproval(ctx context.Context, a dsr.Attempt, v dsr.Approval) (dsr.Approval, error) {
	v.SchemaVersion = dsr.SchemaVersion
	stored, _, err := record(ctx, l.audit, a.Approval(), v, nil)
	return stored, err
}

// Decision returns the decision whether a task may delete, or false when there is none
// yet.
func (l *Ledger) Decision(ctx context.Context, t dsr.Task) (dsr.Decision, bool, error) {
	d, _, found, err := read[dsr.Decision](ctx, l.audit, t.DecisionBlob())
	return d, found, err
}

// RecordDecision records whether a task may delete and returns the stored decision. The
// first one stands.
func (l *Ledger) RecordDecision(ctx context.Context, t dsr.Task, d dsr.Decision) (dsr.Decision, error) {
	d.SchemaVersion, d.TaskID = dsr.SchemaVersion, t.ID()
	stored, _, err := record(ctx, l.audit, t.DecisionBlob(), d, nil)
	return stored, err
}

// Deleted returns the proof of a task's DELETE, which is Azure's answer to it, or false
// when no answer is recorded.
func (l *Ledger) Deleted(ctx context.Context, t dsr.Task) (dsr.DeletionProof, bool, error) {
	d, _, found, err := read[dsr.DeletionProof](ctx, l.audit, t.DeletedBlob())
	return d, found, err
}

// RecordDeleted records the answer to a task's DELETE and returns the stored proof. It
// must be called before anything else, so that no later failure can lose the answer.
func (l *Ledger) RecordDeleted(ctx context.Context, t dsr.Task, d dsr.DeletionProof) (dsr.DeletionProof, error) {
	stored, _, err := record(ctx, l.audit, t.DeletedBlob(), d, nil)
	return stored, err
}

// Entries yields the entries of a stored part, without their documents.
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

// Deletions yields the deletion proofs in the receipts of an attempt's manifest, in the
// order of the manifest.
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
				if !l.yieldProofs(ctx, a, ref, yield) {
					return
				}
			}
		}
	}
}

// yieldProofs yields the deletion proofs of a receipt. It reads only receipts of deleting
// tasks. It returns false to stop.
func (l *Ledger) yieldProofs(ctx context.Context, a dsr.Attempt, ref dsr.ReceiptRef, yield func(dsr.DeletionProof, error) bool) bool {
	if _, typ, _ := strings.Cut(ref.Name, "-"+dsr.DeleteType("")); typ == "" {
		return true
	}
	receipt, sum, found, err := read[dsr.Receipt](ctx, l.audit, a.Prefix()+ref.Name)
	switch {
	case err == nil && !found:
		err = fmt.Errorf("receipt %s, which the manifest names, is not there: %w", ref.Name, archive.ErrNotFound)
	case err == nil && sum != ref.SHA256:
		err = fmt.Errorf("receipt %s is not the one that the manifest names", ref.Name)
	}
	if err != nil {
		yield(dsr.DeletionProof{}, err)
		return false
	}

	for _, d := range receipt.Deletions {
		if !yield(d, nil) {
			return false
		}
	}
	return true
}

// Holds returns the latest record of each hold, including released ones.
func (l *Ledger) Holds(ctx context.Context) ([]dsr.Hold, error) {
	all, err := l.HoldRecords(ctx)
	if err != nil {
		return nil, err
	}

	holds := make([]dsr.Hold, 0, len(all))
	for _, records := range all {
		holds = append(holds, records[len(records)-1])
	}
	return holds, nil
}

// HoldRecords returns the records of each hold, the first one first.
func (l *Ledger) HoldRecords(ctx context.Context) (all [][]dsr.Hold, err error) {
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

		// Blob names sort by hold, and then by record number.
		if last := len(all) - 1; last >= 0 && all[last][0].ID == h.ID {
			all[last] = append(all[last], h)
		} else {
			all = append(all, []dsr.Hold{h})
		}
	}
	return all, nil
}

// RecordHold records the start or the release of a hold and returns the stored record.
func (l *Ledger) RecordHold(ctx context.Context, h dsr.Hold) (dsr.Hold, error) {
	h.SchemaVersion = dsr.SchemaVersion
	stored, _, err := record(ctx, l.audit, h.Blob(), h, nil)
	return stored, err
}

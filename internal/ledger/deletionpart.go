package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"azureml-dsr/internal/dsr"
)

// cachedPlanParts is the approximate size in bytes of the parts of deletion plans that a
// process caches.
const cachedPlanParts = 8 << 20

// RecordPlanPart records the planned deletions of one page of a stage and returns the
// reference that goes into the deletion plan.
func (l *Ledger) RecordPlanPart(ctx context.Context, p dsr.PlanPart) (dsr.PlanPartRef, error) {
	p.SchemaVersion = dsr.SchemaVersion
	body, err := json.Marshal(p)
	if err != nil {
		return dsr.PlanPartRef{}, fmt.Errorf("encoding a part of a deletion plan: %w", err)
	}

	a := dsr.Attempt{RequestID: p.RequestID, Number: p.Attempt}
	ref := dsr.PlanPartRef{SHA256: hash(body), Items: len(p.Items)}
	name := a.PlanPart(p.Node, p.Page, ref.SHA256)
	ref.Name = relative(a, name)
	_, sum, err := record(ctx, l.audit, name, p, nil)
	if err == nil && sum != ref.SHA256 {
		err = changedPart(name)
	}
	return ref, err
}

// PlanPart returns the planned deletions of a part of a deletion plan. It fails if the
// stored part is not the one that the plan names. It is cached because each task of a page
// needs it, and concurrent callers share one read.
func (l *Ledger) PlanPart(ctx context.Context, a dsr.Attempt, ref dsr.PlanPartRef) ([]dsr.Planned, error) {
	name := a.Prefix() + ref.Name
	key := name + " " + ref.SHA256
	if items, ok := l.planParts.get(key); ok {
		return items, nil
	}

	return readOnce(ctx, &l.deletionReads, key, func() ([]dsr.Planned, error) {
		part, sum, found, err := read[dsr.PlanPart](ctx, l.audit, name)
		if err != nil {
			return nil, err
		}
		if !found || sum != ref.SHA256 || len(part.Items) != ref.Items {
			return nil, changedPart(name)
		}
		l.planParts.put(key, part.Items)
		return part.Items, nil
	})
}

// PlannedThings yields the planned deletions of a stage in order, part by part.
func (l *Ledger) PlannedThings(ctx context.Context, a dsr.Attempt, stage dsr.Deletions) iter.Seq2[dsr.Planned, error] {
	return func(yield func(dsr.Planned, error) bool) {
		for _, item := range stage.Items {
			if !yield(item, nil) {
				return
			}
		}

		for _, ref := range stage.Parts {
			items, err := l.PlanPart(ctx, a, ref)
			if err != nil {
				yield(dsr.Planned{}, err)
				return
			}

			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}

func changedPart(name string) error {
	return dsr.Errorf(dsr.Permanent, dsr.ReasonChanged, "%s is not there, or is not the part that the deletion plan names", name)
}

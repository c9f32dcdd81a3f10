package fanout

import (
	"context"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

// withoutDeleted leaves out the targets that are missing because an earlier attempt has
// deleted them. The rest is planned again and needs an approval of its own.
func (i *Intake) withoutDeleted(ctx context.Context, a dsr.Attempt, found []Found) ([]Found, error) {
	deleted := map[string]bool{} // the missing targets: true for one that was deleted
	for _, f := range found {
		if f.isMissing() {
			deleted[strings.ToLower(f.Target.ID())] = false
		}
	}
	if len(deleted) == 0 {
		return found, nil
	}

	for before := a.Before(); before.Number > 0; before = before.Before() {
		if err := i.markDeleted(ctx, before, deleted); err != nil {
			return nil, err
		}
	}

	return slices.DeleteFunc(found, func(f Found) bool { return f.Failed != nil && deleted[strings.ToLower(f.Target.ID())] }), nil
}

// isMissing reports whether the target does not exist.
func (f Found) isMissing() bool {
	return f.Failed != nil && f.Failed.Reason == dsr.ReasonTargetNotFound
}

// markDeleted marks those of some missing targets that an attempt has deleted.
func (i *Intake) markDeleted(ctx context.Context, a dsr.Attempt, deleted map[string]bool) error {
	plan, _, err := i.Ledger.Plan(ctx, a)
	if err != nil {
		return err
	}

	for _, n := range plan.Nodes {
		target := strings.ToLower(n.Target)
		marked, missing := deleted[target]
		if !missing || marked || !i.deletesContainer(n) {
			continue
		}
		deleted[target], err = i.hasDeleted(ctx, plan.FirstTask(n))
		if err != nil {
			return err
		}
	}

	return nil
}

// deletesContainer reports whether a node deletes its target as a whole, in a single task.
func (i *Intake) deletesContainer(n dsr.Node) bool {
	typ, deletes := dsr.Deletes(n.Type)
	return deletes && slices.ContainsFunc(i.Deletions, func(row dsr.DeletionType) bool { return row.Type == typ && row.Container })
}

// hasDeleted reports whether the receipt of a task proves that what it was to delete is
// gone.
func (i *Intake) hasDeleted(ctx context.Context, t dsr.Task) (bool, error) {
	receipt, _, err := i.Ledger.Receipt(ctx, t)
	return slices.ContainsFunc(receipt.Deletions, func(d dsr.DeletionProof) bool {
		return d.Outcome == dsr.OutcomeDeleted || d.Outcome == dsr.OutcomeAlreadyGone
	}), err
}

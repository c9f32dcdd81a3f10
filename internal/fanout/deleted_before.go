package fanout

import (
	"context"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

// withoutDeleted leaves out the targets that are not there because an earlier
// attempt has deleted them: what is left is planned again, to be approved again.
func (i *Intake) withoutDeleted(ctx context.Context, a dsr.Attempt, found []Found) ([]Found, error) {
	absent := map[string]bool{} // true: it was deleted
	for _, f := range found {
		if f.Failed != nil && f.Failed.Reason == dsr.ReasonTargetNotFound {
			absent[strings.ToLower(f.Target.ID())] = false
		}
	}

	if len(absent) == 0 {
		return found, nil
	}

	for before := a.Before(); before.Number > 0; before = before.Before() {
		plan, _, err := i.Ledger.Plan(ctx, before)
		if err != nil {
			return nil, err
		}

		for _, n := range plan.Nodes {
			target := strings.ToLower(n.Target)
			if done, asked := absent[target]; !asked || done || !i.deletesContainer(n) {
				continue
			}
			if absent[target], err = i.hasDeleted(ctx, plan.FirstTask(n)); err != nil {
				return nil, err
			}
		}
	}

	return slices.DeleteFunc(found, func(f Found) bool { return f.Failed != nil && absent[strings.ToLower(f.Target.ID())] }), nil
}

// deletesContainer reports whether a node deletes its target as a whole, by its only
// task.
func (i *Intake) deletesContainer(n dsr.Node) bool {
	typ, deletes := dsr.Deletes(n.Type)
	return deletes && slices.ContainsFunc(i.Deletions, func(row dsr.DeletionType) bool { return row.Type == typ && row.Container })
}

// hasDeleted reports whether the receipt of a task proves that what it was to delete
// is gone.
func (i *Intake) hasDeleted(ctx context.Context, t dsr.Task) (bool, error) {
	receipt, _, err := i.Ledger.Receipt(ctx, t)
	return slices.ContainsFunc(receipt.Deletions, func(d dsr.DeletionProof) bool {
		return d.Outcome == dsr.OutcomeDeleted || d.Outcome == dsr.OutcomeAlreadyGone
	}), err
}

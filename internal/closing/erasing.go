package closing

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// erase advances a deletion once its inventory is read. It records the deletion plan,
// waits for its approval, and sends the tasks of each node that waits for nothing any
// more. Each step first looks for what an earlier or a concurrent check has recorded.
// more reports that the work takes longer than one check: the attempt must stay open.
func (c *Reconciler) erase(ctx context.Context, plan dsr.Plan, request dsr.RequestRecord, found findings) (more bool, err error) {
	if found.failedReading(plan) {
		return false, c.giveUpDeletions(ctx, plan, found, dsr.ReasonInventoryFailed,
			"nothing is deleted while something could not be read: see the other failures, then `dsr retry`")
	}

	for _, n := range plan.Nodes {
		if n.Type == dsr.ReadBack && found.incomplete[n.Number] {
			return false, c.readBack(ctx, plan, n)
		}
	}

	deletions, sum, fixed, err := c.fixDeletions(ctx, plan, request)
	if !fixed || err != nil {
		return !fixed, err
	}

	if request.DryRun {
		return false, nil
	}
	if deletions.TakesOthers() && !request.AcknowledgeOthers {
		return false, c.giveUpDeletions(ctx, plan, found, dsr.ReasonOthers,
			"it takes what is of others: see deletion-plan.json, then send the request under a new id with acknowledgeOthers")
	}
	if approved, err := c.approved(ctx, plan, sum, found); !approved || err != nil {
		return false, err
	}

	if more, err = c.sendStages(ctx, plan, deletions, found); err != nil {
		return more, err
	}

	return more, c.eraseExports(ctx, plan, found)
}

// fixDeletions returns the recorded deletion plan and its SHA-256. Where none is
// recorded it continues the planning; fixed is false until the plan is recorded.
func (c *Reconciler) fixDeletions(ctx context.Context, plan dsr.Plan, request dsr.RequestRecord) (deletions dsr.DeletionPlan, sum string, fixed bool, err error) {
	a := dsr.Attempt{RequestID: plan.RequestID, Number: plan.Attempt}
	deletions, sum, fixed, err = c.Ledger.DeletionPlan(ctx, a)
	if err != nil {
		return deletions, sum, false, err
	}

	if !fixed {
		made, done, err := c.planDeletions(ctx, plan, request)
		if !done || err != nil {
			return made, "", false, err
		}
		if deletions, sum, err = c.Ledger.RecordDeletionPlan(ctx, made); err != nil {
			return deletions, sum, false, err
		}
	}

	return deletions, sum, true, c.Ledger.RemovePlanning(ctx, a)
}

// eraseExports sends the task that removes the documents of earlier exports of the same
// places. It comes after all other deletions.
func (c *Reconciler) eraseExports(ctx context.Context, plan dsr.Plan, found findings) error {
	n := plan.Nodes[len(plan.Nodes)-1]
	if n.Type != dsr.EraseExports || !found.incomplete[n.Number] || n.After.MeetsAny(openNodes(found)) {
		return nil
	}

	first := plan.FirstTask(n)
	last, _, err := c.Ledger.Hops(ctx, first)
	if err != nil || last > 0 {
		return err
	}
	if err := c.recordCopies(ctx, first); err != nil {
		return err
	}

	return c.sendNext(ctx, first, dsr.HopStage, "all else is deleted")
}

func (c *Reconciler) deletionRow(typ string) dsr.DeletionType {
	for _, row := range c.Deletions {
		if row.Type == typ {
			return row
		}
	}
	return dsr.DeletionType{}
}

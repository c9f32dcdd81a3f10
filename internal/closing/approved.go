package closing

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// notApproved says why what has not begun is given up at the deadline.
const notApproved = "not approved before it was due: send it again"

// approved reports whether a deletion plan may be carried out. What nobody has
// approved until the attempt's deadline is given up then, as is what has not begun
// of a plan whose approval was altered.
func (c *Reconciler) approved(ctx context.Context, plan dsr.Plan, sum string, found findings) (bool, error) {
	if !c.RequireApproval {
		return true, nil
	}

	a := dsr.Attempt{RequestID: plan.RequestID, Number: plan.Attempt}
	approval, stored, err := c.Ledger.Approval(ctx, a)
	if err != nil {
		return false, err
	}
	if stored && approval.PlanSHA256 == sum {
		return true, nil
	}

	if stored {
		c.Logger.ErrorContext(ctx, "the stored approval is not of the stored deletion plan: nothing more is begun, and what has not begun is given up when the request is due",
			"requestId", a.RequestID, "attempt", a.Number, "planSha256", sum)
	}

	due, err := c.Ledger.Deadline(ctx, a)
	if err != nil || due.IsZero() || c.Now().Before(due) {
		return false, err
	}

	return false, c.giveUpDeletions(ctx, plan, found, dsr.ReasonNotApproved, notApproved)
}

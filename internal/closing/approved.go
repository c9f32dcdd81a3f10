package closing

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// notApproved is the failure text of stages that are given up at the deadline.
const notApproved = "not approved before it was due: send it again"

// approved reports whether a deletion plan may be carried out. A plan that nobody has
// approved by the attempt's deadline is given up. So are the stages that have not begun
// when the stored approval is of another plan.
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

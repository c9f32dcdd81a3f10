package closing

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/wakeup"
)

// Approvals records that a second person approves a deletion plan.
type Approvals struct {
	Ledger  *ledger.Ledger
	Wakeups *wakeup.Sender
	Now     func() time.Time
	Logger  *slog.Logger
}

// Accept records an approval and wakes the reconciler. An error of class Permanent
// states why the approval is refused; the message is dead-lettered with that text.
func (v *Approvals) Accept(ctx context.Context, body []byte) error {
	text, err := dsr.StrictJSON(body)
	if e, ok := errors.AsType[*dsr.Error](err); ok {
		return noApproval("%s", e.Message)
	}
	var message struct {
		RequestID  string `json:"requestId"`
		PlanSHA256 string `json:"planSha256"`
		ApprovedBy string `json:"approvedBy"`
	}
	if err := json.Unmarshal(text, &message); err != nil || !dsr.ValidID(message.RequestID) || message.PlanSHA256 == "" || strings.TrimSpace(message.ApprovedBy) == "" {
		return noApproval("want requestId, planSha256 and approvedBy, each a text")
	}
	request, found, err := v.Ledger.Request(ctx, message.RequestID)
	if err != nil {
		return err
	}
	if !found {
		return noApproval("/requestId: no such request is recorded")
	}
	if dsr.SamePerson(message.ApprovedBy, request.SubmittedBy) {
		return noApproval("/approvedBy: whoever submitted the request can't approve it; another person must")
	}

	a, err := v.Ledger.LatestAttempt(ctx, message.RequestID)
	if err != nil {
		return err
	}

	_, sum, planned, err := v.Ledger.DeletionPlan(ctx, a)
	if err != nil {
		return err
	}
	if !planned || !strings.EqualFold(sum, strings.TrimSpace(message.PlanSHA256)) {
		return noApproval("/planSha256: it is not the SHA-256 of the request's deletion plan; `dsr approve` shows that plan")
	}

	approved, err := v.approved(ctx, a, request)
	if err != nil {
		return err
	}
	if approved {
		return v.Wakeups.Wake(ctx, a)
	}

	stored, err := v.Ledger.RecordApproval(ctx, a, dsr.Approval{
		RequestID:  message.RequestID,
		PlanSHA256: sum,
		ApprovedBy: message.ApprovedBy,
		ApprovedAt: v.Now().UTC(),
	})
	if err != nil {
		return err
	}

	v.Logger.InfoContext(ctx, "a deletion plan is approved", "requestId", a.RequestID, "attempt", a.Number, "planSha256", stored.PlanSHA256)

	return v.Wakeups.Wake(ctx, a)
}

// approved reports whether the plan is already approved. An error of class Permanent
// states why an approval would have no effect any more, so that none is recorded.
func (v *Approvals) approved(ctx context.Context, a dsr.Attempt, request dsr.RequestRecord) (bool, error) {
	if request.DryRun {
		return false, noApproval("/requestId: the request is a dry run, so there is nothing to approve")
	}

	if _, found, err := v.Ledger.Approval(ctx, a); err != nil || found {
		return found, err
	}

	closed, err := v.Ledger.Closed(ctx, a)
	if err != nil {
		return false, err
	}
	if closed {
		return false, noApproval("/requestId: the attempt is closed, so the approval comes too late; send the request under a new id")
	}

	due, err := v.Ledger.Deadline(ctx, a)
	if err != nil {
		return false, err
	}
	if !due.IsZero() && !v.Now().Before(due) {
		return false, noApproval("/requestId: the request was due, so the approval comes too late; send the request under a new id")
	}

	return false, nil
}

func noApproval(format string, args ...any) error {
	return dsr.Errorf(dsr.Permanent, dsr.ReasonInvalidApproval, format, args...)
}

package handlers

import (
	"context"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
)

// DSRApprove records a second person's approval of what is to be deleted.
func (f Functions) DSRApprove(ctx context.Context, m customhandler.Message) error {
	if m.Cut {
		return f.settle(ctx, dsr.QueueApprovals, m, f.report(ctx, m, tooLong(dsr.ReasonInvalidApproval)))
	}
	return f.settle(ctx, dsr.QueueApprovals, m, f.report(ctx, m, f.Approvals.Accept(ctx, m.Body)))
}

package handlers

import (
	"context"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
)

// DSRIntake opens the request that a message asks for.
func (f Functions) DSRIntake(ctx context.Context, m customhandler.Message) error {
	if m.Cut {
		return f.settle(ctx, dsr.QueueRequests, m, f.report(ctx, m, tooLong(dsr.ReasonInvalidRequest)))
	}

	err := f.Intake.Accept(ctx, fanout.Received{
		Body:         m.Body,
		ContentType:  m.ContentType,
		EnqueuedTime: m.EnqueuedTime,
		Properties:   m.ApplicationProperties,
	})
	return f.settle(ctx, dsr.QueueRequests, m, f.report(ctx, m, err))
}

package handlers

import (
	"context"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/telemetry"
)

// report logs the one line of a failure, if there is one, and marks it as logged.
func (f Functions) report(ctx context.Context, m customhandler.Message, err error) error {
	if err == nil {
		return nil
	}
	telemetry.Current(ctx).Fail(dsr.ReasonOf(err))
	attrs := dsr.RequestFailureAttrs(dsr.RequestIDIn(m.Body), m.DeliveryCount, err)
	if t, noTask := dsr.DecodeTask(m.Body); noTask == nil {
		attrs = dsr.FailureAttrs(t, m.DeliveryCount, err)
	}
	f.Logger.WarnContext(ctx, "an invocation failed", append([]any{
		"function", m.Function, "invocationId", m.InvocationID, "messageId", m.MessageID,
	}, attrs...)...)
	return customhandler.Reported(err)
}

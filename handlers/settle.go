package handlers

import (
	"context"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
)

// settle is the one place that turns what became of a message into what becomes
// of it in its queue. It comes last: whatever nil promises is durable by now.
// An error is answered 500, and the host abandons the message.
func (f Functions) settle(ctx context.Context, queue string, m customhandler.Message, err error) error {
	if err == nil {
		return f.Settler.Complete(ctx, queue, m.LockToken)
	}
	reason := dsr.ReasonOf(err)
	switch dsr.ClassOf(err) {
	case dsr.Throttled, dsr.Transient, dsr.Unfinished:
		reason = dsr.ReasonTransient
	case dsr.Permanent, dsr.NoTask:
	default:
		return err
	}
	f.Logger.WarnContext(ctx, "dead-lettering a message",
		"function", m.Function, "invocationId", m.InvocationID, "messageId", m.MessageID,
		"deliveryCount", m.DeliveryCount, "class", dsr.ClassOf(err).String(), "reason", reason,
		"status", dsr.StatusOf(err), "error", err.Error())
	return f.Settler.MoveToDeadLetter(ctx, queue, m.LockToken, reason, err.Error())
}

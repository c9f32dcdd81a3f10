package handlers

import (
	"context"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

// delivery makes of a message what a task is run by.
func delivery(m customhandler.Message) task.Delivery {
	return task.Delivery{
		Body:         m.Body,
		Count:        m.DeliveryCount,
		EnqueuedTime: m.EnqueuedTime,
		Again:        dsr.SentAgain(m.ApplicationProperties),
	}
}

// settle is the one place that turns what became of a message into what becomes
// of it in its queue. It comes last: whatever nil promises is durable by now. An
// error is logged already; it is answered 500, and the host abandons the message.
func (f Functions) settle(ctx context.Context, queue string, m customhandler.Message, err error) error {
	if err == nil {
		return f.report(ctx, m, f.Settler.Complete(ctx, queue, m.LockToken))
	}
	if dsr.OfQueue(err) {
		// Service Bus failed, not what the message asks for. Send has held the message
		// for a while: it comes again late, and what is recorded by then is found.
		return customhandler.Reported(err)
	}

	reason := dsr.ReasonOf(err)
	switch dsr.ClassOf(err) {
	case dsr.Throttled, dsr.Transient, dsr.Unfinished:
		reason = dsr.ReasonTransient
	case dsr.Permanent, dsr.NoTask:
	default:
		return customhandler.Reported(err)
	}

	return f.report(ctx, m, f.Settler.MoveToDeadLetter(ctx, queue, m.LockToken, reason, err.Error()))
}

package handlers

import (
	"context"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

// delivery returns a message as a delivery of a task.
func delivery(m customhandler.Message) task.Delivery {
	return task.Delivery{
		Body:         m.Body,
		Count:        m.DeliveryCount,
		EnqueuedTime: m.EnqueuedTime,
		Again:        dsr.SentAgain(m.ApplicationProperties),
	}
}

// settle is the last step of every message: by what became of the work it completes the
// message, dead-letters it or leaves it to the host. A nil err means that all that the
// message asked for is durable by now. Any other err is logged already. An error that
// settle returns is answered 500, and the host abandons the message.
func (f Functions) settle(ctx context.Context, queue string, m customhandler.Message, err error) error {
	if err == nil {
		return f.report(ctx, m, f.Settler.Complete(ctx, queue, m.LockToken))
	}
	if dsr.OfQueue(err) {
		// Service Bus failed, and not what the message asks for. Send has tried for a
		// while, so the next delivery comes late. It finds what is recorded by now.
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

	return f.report(ctx, m, f.Settler.MoveToDeadLetter(ctx, queue, m.LockToken, reason, dsr.WithoutNames(err.Error())))
}

// tooLong is the error of a message of which only the beginning has arrived.
func tooLong(reason string) error {
	return dsr.Errorf(dsr.Permanent, reason, "the message is longer than the %d bytes that a request may have", dsr.MaxRequest)
}

package handlers

import (
	"context"

	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
)

// redrive has a dead letter of a task queue sent again after a pause, and completes it.
//
// A dead-letter queue has no delivery limit: a message that the host abandons would come
// back at once, for ever. So one that can't be sent again or completed is left locked, the
// invocation counts as a success, and the message comes back when its lock has expired.
func (f Functions) redrive(ctx context.Context, queue string, m customhandler.Message, tasks Tasks) error {
	text := func(name string) string {
		s, _ := m.ApplicationProperties[name].(string)
		return s
	}

	letter := dsr.DeadLetter{
		Queue:          queue,
		Body:           m.Body,
		MessageID:      m.MessageID,
		SequenceNumber: m.SequenceNumber,
		Deliveries:     m.DeliveryCount,
		EnqueuedTime:   m.EnqueuedTime,
		Reason:         text("DeadLetterReason"),
		Description:    text("DeadLetterErrorDescription"),
	}

	err := tasks.Redrive(ctx, letter)
	if err != nil {
		return nil //nolint:nilerr // Redrive has logged it, and the lock runs out
	}

	err = f.Settler.Complete(ctx, bus.DeadLetter(queue), m.LockToken)
	reported := f.report(ctx, m, err)
	if dsr.OfQueue(err) {
		return nil //nolint:nilerr // it is reported, and the lock runs out
	}

	return reported // the lock is lost: there is nothing to abandon
}

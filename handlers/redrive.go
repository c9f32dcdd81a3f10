package handlers

import (
	"context"

	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
)

// redrive has a dead letter of a task queue sent again after a pause, and completes it.
func (f Functions) redrive(ctx context.Context, queue string, m customhandler.Message, tasks Tasks) error {
	text := func(name string) string {
		s, _ := m.ApplicationProperties[name].(string)
		return s
	}

	err := tasks.Redrive(ctx, dsr.DeadLetter{
		Queue:          queue,
		Body:           m.Body,
		MessageID:      m.MessageID,
		SequenceNumber: m.SequenceNumber,
		Deliveries:     m.DeliveryCount,
		EnqueuedTime:   m.EnqueuedTime,
		Reason:         text("DeadLetterReason"),
		Description:    text("DeadLetterErrorDescription"),
	})
	if err != nil {
		return customhandler.Reported(err) // Redrive has logged it
	}

	return f.report(ctx, m, f.Settler.Complete(ctx, bus.DeadLetter(queue), m.LockToken))
}

package handlers

import (
	"context"

	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
)

// redrive brings a dead letter of a task queue back, later.
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
		return customhandler.Reported(err) // by Redrive
	}

	return f.report(ctx, m, f.Settler.Complete(ctx, bus.DeadLetter(queue), m.LockToken))
}

package handlers

import (
	"context"

	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

// DSRExportRedrive brings a dead-lettered export task back, later.
func (f Functions) DSRExportRedrive(ctx context.Context, m customhandler.Message) error {
	text := func(name string) string {
		s, _ := m.ApplicationProperties[name].(string)
		return s
	}
	err := f.Exports.Redrive(ctx, task.DeadLetter{
		Queue: dsr.QueueExports, Body: m.Body, MessageID: m.MessageID,
		SequenceNumber: m.SequenceNumber, Deliveries: m.DeliveryCount, EnqueuedTime: m.EnqueuedTime,
		Reason: text("DeadLetterReason"), Description: text("DeadLetterErrorDescription"),
	})
	if err != nil {
		return customhandler.Reported(err) // by Redrive
	}
	return f.report(ctx, m, f.Settler.Complete(ctx, bus.DeadLetter(dsr.QueueExports), m.LockToken))
}

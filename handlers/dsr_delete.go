package handlers

import (
	"context"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

// DSRDelete runs one task that deletes.
func (f Functions) DSRDelete(ctx context.Context, m customhandler.Message) error {
	// Run has logged what it answers.
	return f.settle(ctx, dsr.QueueDeletes, m, f.Deletes.Run(ctx, task.Delivery{Body: m.Body, Count: m.DeliveryCount, EnqueuedTime: m.EnqueuedTime}))
}

package handlers

import (
	"context"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
)

// DSRDelete runs one task that deletes.
func (f Functions) DSRDelete(ctx context.Context, m customhandler.Message) error {
	// Run has logged the error that it returns.
	return f.settle(ctx, dsr.QueueDeletes, m, f.Deletes.Run(ctx, delivery(m)))
}

package handlers

import (
	"context"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
)

// DSRDeleteRedrive sends a dead-lettered task that deletes again, after a pause.
func (f Functions) DSRDeleteRedrive(ctx context.Context, m customhandler.Message) error {
	return f.redrive(ctx, dsr.QueueDeletes, m, f.Deletes)
}

package handlers

import (
	"context"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
)

// DSRExportRedrive sends a dead-lettered export task again, after a pause.
func (f Functions) DSRExportRedrive(ctx context.Context, m customhandler.Message) error {
	return f.redrive(ctx, dsr.QueueExports, m, f.Exports)
}

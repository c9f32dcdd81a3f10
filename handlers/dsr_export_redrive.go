package handlers

import (
	"context"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
)

// DSRExportRedrive brings a dead-lettered export task back, later.
func (f Functions) DSRExportRedrive(ctx context.Context, m customhandler.Message) error {
	return f.redrive(ctx, dsr.QueueExports, m, f.Exports)
}

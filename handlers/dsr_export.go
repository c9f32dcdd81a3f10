package handlers

import (
	"context"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
)

// DSRExport runs one export task.
func (f Functions) DSRExport(ctx context.Context, m customhandler.Message) error {
	// Run has logged the error that it returns.
	return f.settle(ctx, dsr.QueueExports, m, f.Exports.Run(ctx, delivery(m)))
}

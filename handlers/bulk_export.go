package handlers

import (
	"context"

	"azureml-dsr/internal/customhandler"
)

// BulkExport asks for the exports that the schedule wants.
func (f Functions) BulkExport(ctx context.Context, t customhandler.Timer) error {
	return f.Bulk.Run(ctx, t.Next, t.IsPastDue)
}

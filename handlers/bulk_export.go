package handlers

import (
	"context"

	"azureml-dsr/internal/customhandler"
)

// BulkExport requests the exports that are due by the schedule.
func (f Functions) BulkExport(ctx context.Context, t customhandler.Timer) error {
	return f.Bulk.Run(ctx, t.Next, t.IsPastDue)
}

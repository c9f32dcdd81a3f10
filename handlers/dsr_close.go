package handlers

import (
	"context"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
)

// DSRClose checks the attempt that a wake-up names, and closes it when it is complete.
func (f Functions) DSRClose(ctx context.Context, m customhandler.Message) error {
	return f.settle(ctx, dsr.QueueClosings, m, f.report(ctx, m, f.Reconciler.Reconcile(ctx, m.Body)))
}

package handlers

import (
	"context"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
)

// DSRCallback tells one receiver of one change of a request.
func (f Functions) DSRCallback(ctx context.Context, m customhandler.Message) error {
	return f.settle(ctx, dsr.QueueCallbacks, m, f.report(ctx, m, f.Callbacks.Accept(ctx, m.Body)))
}

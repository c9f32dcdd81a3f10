package handlers

import (
	"context"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
)

// DSRCopy makes a copy that was ordered for a person.
func (f Functions) DSRCopy(ctx context.Context, m customhandler.Message) error {
	return f.settle(ctx, dsr.QueueCopies, m, f.report(ctx, m, f.Copies.Accept(ctx, m.Body)))
}

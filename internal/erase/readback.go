package erase

import (
	"context"
	"fmt"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

// readBack reads what the receipts of an export vouch for, and adds an entry for each
// blob that is not what they say. Nothing is deleted if there is one.
func (w *Worker) readBack(ctx context.Context, job task.Job, receipts []string, part *archive.PartWriter) error {
	for _, receipt := range receipts {
		changed, err := w.ledger.ReadBack(ctx, job.Task.Of(), receipt)
		if err != nil {
			return err
		}

		for _, name := range changed {
			err := part.Add(dsr.Entry{
				Endpoint:    dsr.ReadBack,
				Item:        name,
				RetrievedAt: w.opts.Now().UTC(),
				Error:       &dsr.ItemError{Code: dsr.ReasonChanged, Message: fmt.Sprintf("%s is not there, or not what %s says", name, receipt)},
			}, nil)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

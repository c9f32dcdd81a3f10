package fanout

import (
	"context"
	"iter"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/survey"
)

// implied lists the receipts of a plan's nodes that count, in the order of their
// names. survey.ErrIncomplete ends it where a task was not seen to be done: what is
// deleted, or retried, never follows from a part of what was read.
func implied(ctx context.Context, l survey.Lister, plan dsr.Plan) iter.Seq2[dsr.ReceiptMark, error] {
	return survey.New(l, plan).Receipts(ctx, survey.Resume{}, false)
}

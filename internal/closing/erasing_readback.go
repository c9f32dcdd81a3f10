package closing

import (
	"context"
	"strings"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/survey"
)

// readBackReceipts bounds the receipts that one task reads back.
const readBackReceipts = 20

// readBack sends the tasks that read the export back before anything is deleted. Their
// items are the names of the export's receipts.
func (c *Reconciler) readBack(ctx context.Context, plan dsr.Plan, n dsr.Node) error {
	first := plan.FirstTask(n)
	last, _, err := c.Ledger.Hops(ctx, first)
	if err != nil || last > 0 {
		return err
	}

	var names []string
	for mark, err := range survey.Complete(ctx, c.Ledger, plan.Reading()) {
		if err != nil {
			return err
		}
		names = append(names, strings.TrimPrefix(mark.Blob, first.Of().Prefix()))
	}
	if err := ledger.RecordPages(ctx, c.Ledger, first, names, deletionPageItems, readBackReceipts, c.Now()); err != nil {
		return err
	}

	return c.sendNext(ctx, first, dsr.HopStage, "the export is read back")
}

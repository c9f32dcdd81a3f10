package task

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// giveUp records the failed receipt of a task that no retry can help. A listing task
// without a page record first gets one that says failed, so that the list ends there
// for everybody.
func (r *Runner) giveUp(ctx context.Context, job Job, cause error) error {
	t := job.Task
	f := *dsr.NewFailure(r.worker.WorkEndpoint(job), job.Node.Target, job.Item, cause)
	page, ref, found, err := r.ledger.Page(ctx, t)
	if err != nil {
		return err
	}

	if items := page.Chunk(t.Chunk); f.Item == "" && len(items) == 1 {
		f.Item = items[0] // the only item that can have failed
	}

	record := &pageRecord{Page: page, ref: ref}

	if !found && lists(job) {
		f.Endpoint = r.worker.ListEndpoint(job)
		if record, err = r.recordPage(ctx, t, r.failedPage(t, f)); err != nil {
			return err
		}
	}

	receipt, err := r.record(ctx, t, r.failedReceipt(t, record, f))
	if err != nil {
		return err
	}

	return r.handOver(ctx, t, receipt)
}

func (r *Runner) failedReceipt(t dsr.Task, page *pageRecord, f dsr.Failure) dsr.Receipt {
	receipt := dsr.NewReceipt(t, dsr.Failed, r.opts.Now())
	receipt.PageRecord = &page.ref
	receipt.Fail(f)
	return receipt
}

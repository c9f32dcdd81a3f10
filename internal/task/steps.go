package task

import (
	"context"
	"fmt"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/meter"
	"azureml-dsr/internal/telemetry"
)

// sendOn sends the tasks that the page's record names.
func (r *Runner) sendOn(ctx context.Context, job Job, page *pageRecord) error {
	message := firstMessage
	if job.Again {
		message = dsr.Task.MessageAgain
	}
	return r.sendTasks(ctx, page.Tasks(job.Task, job.followers()), message)
}

// work has the worker store the part of the task's chunk. A failed page has no chunks
// to work on.
func (r *Runner) work(ctx context.Context, job Job, page *pageRecord) error {
	if page.State == dsr.PageFailed {
		return nil
	}
	return r.worker.Work(ctx, job, page.Chunk(job.Task.Chunk))
}

// receipt records what the task did. It returns the stored receipt, which is a
// concurrent delivery's if that one was first.
func (r *Runner) receipt(ctx context.Context, job Job, page *pageRecord) (dsr.Receipt, error) {
	if page.State == dsr.PageFailed {
		return r.record(ctx, job.Task, r.failedReceipt(job.Task, page, *page.Failure))
	}
	receipt, err := r.receiptFromParts(ctx, job, page)
	if err != nil {
		return dsr.Receipt{}, err
	}
	return r.record(ctx, job.Task, receipt)
}

// record records a receipt with what the invocation has cost, itself and the wake-up
// that follows it included. It returns the stored receipt.
func (r *Runner) record(ctx context.Context, t dsr.Task, receipt dsr.Receipt) (dsr.Receipt, error) {
	if m := meter.From(ctx); m != nil {
		receipt.Cost = m.Cost().Plus(dsr.Cost{StorageWrites: 1, Messages: 1})
	}

	stored, err := r.ledger.RecordReceipt(ctx, t, receipt)
	if err == nil && stored.ClosedAt.Equal(receipt.ClosedAt) { // else a concurrent delivery's, which has counted it
		count(ctx, stored)
	}

	return stored, err
}

// count counts what a receipt says that a task has done.
func count(ctx context.Context, r dsr.Receipt) {
	kind := telemetry.Attr{Key: "dsr.resource.type", Value: r.Type}
	var documents int64
	for _, p := range r.Parts {
		documents += p.Documents
	}

	telemetry.Documents.Add(ctx, documents, kind)
	for _, f := range r.Failures {
		telemetry.Failures.Add(ctx, 1, kind, telemetry.Attr{Key: "error.type", Value: f.Reason})
	}
	for _, d := range r.Deletions {
		telemetry.Deletions.Add(ctx, 1, kind, telemetry.Attr{Key: "dsr.outcome", Value: d.Outcome})
	}
	telemetry.Current(ctx).Text("dsr.outcome", string(r.Outcome))
	telemetry.Current(ctx).Int("dsr.documents", documents)
}

// receiptFromParts makes the receipt of the parts as they are stored: of two
// concurrent deliveries' parts only the first one is.
func (r *Runner) receiptFromParts(ctx context.Context, job Job, page *pageRecord) (dsr.Receipt, error) {
	t := job.Task
	receipt := dsr.NewReceipt(t, dsr.Succeeded, r.opts.Now())
	receipt.PageRecord = &page.ref
	names := []string{t.PartBlob(job.Target)}

	if lists(job) && page.Answer != nil {
		names = append([]string{t.AnswerBlob(job.Target)}, names...)
		receipt.Repeat(r.worker.ListEndpoint(job), page.Repeated)
	}

	for _, name := range names {
		found, err := r.ledger.Tally(ctx, name, &receipt, job.Node.Target)
		if err == nil && !found {
			err = fmt.Errorf("part %s was stored and is not there", name)
		}
		if err != nil {
			return dsr.Receipt{}, err
		}
	}

	for same, of := range r.opts.Same {
		if c, ok := receipt.Totals[of]; ok {
			receipt.Totals[same] = c
		}
	}

	if receipt.AllFailed() {
		receipt.Outcome = dsr.Failed
	}

	return receipt, nil
}

// handOver sends the first task of each sub-node that the stored receipt names, and
// wakes the reconciler. The tasks always go as ones that may have been sent before, for
// another receipt may name the same sub-node.
func (r *Runner) handOver(ctx context.Context, t dsr.Task, receipt dsr.Receipt) error {
	subNodes := receipt.FirstTasks(t)
	if err := r.sendTasks(ctx, subNodes, dsr.Task.MessageAgain); err != nil {
		return err
	}
	return r.wake(ctx, t, len(subNodes) > 0)
}

// wake asks for a check of the attempt. The task may have been the attempt's last one
// where it began no sub-node and no other is at work in this process: then the check is to
// come soon.
func (r *Runner) wake(ctx context.Context, t dsr.Task, began bool) error {
	if last := r.running.leave(t); last && !began {
		return r.wakeups.WakeSoon(ctx, t.Of())
	}
	return r.wakeups.WakeLater(ctx, t.Of())
}

// firstMessage makes the message of a task that was surely not sent before.
func firstMessage(t dsr.Task) (dsr.Message, error) { return t.Message(time.Time{}) }

// sendTasks sends each task as the message that is made of it.
func (r *Runner) sendTasks(ctx context.Context, tasks []dsr.Task, message func(dsr.Task) (dsr.Message, error)) error {
	messages := make([]dsr.Message, 0, len(tasks))
	for _, t := range tasks {
		m, err := message(t)
		if err != nil {
			return err
		}
		messages = append(messages, m)
	}
	return r.queue.Send(ctx, r.opts.Queue, messages...)
}

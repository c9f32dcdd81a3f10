package erase

import (
	"context"
	"errors"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

// eraseCopies removes the documents of earlier exports, named by their blobs on
// the index of what expires, unless something that was to be deleted before is
// not: nobody loses the copy of what is still there. One that a hold keeps fails
// the task when the others are gone.
func (w *Worker) eraseCopies(ctx context.Context, job task.Job, copies []string) error {
	if len(copies) == 0 {
		return nil
	}
	failed, err := w.failedBefore(ctx, job)
	if err != nil {
		return err
	}
	if failed {
		return dsr.Errorf(dsr.Permanent, dsr.ReasonDependencyFailed, "the copy is kept: a deletion that comes before it failed")
	}
	var kept error
	removed := 0
	for _, index := range copies {
		n, err := w.ledger.EraseCopy(ctx, index, job.Task.RequestID, w.opts.Now())
		removed += n
		if dsr.ReasonOf(err) == dsr.ReasonHeld {
			kept = err
		} else if err != nil {
			return cutShort(ctx, err, removed)
		}
	}
	return kept
}

// cutShort makes the error of a removal that the end of the work time broke off
// one that counts what is gone: the next hop finds that much less.
func cutShort(ctx context.Context, err error, removed int) error {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return err
	}
	return &dsr.Error{
		Class: dsr.Unfinished, Reason: dsr.ReasonTransient, Message: "the copy is too large to be removed in one invocation",
		Progress: removed, Err: err,
	}
}

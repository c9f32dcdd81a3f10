package erase

import (
	"context"
	"errors"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

// spare is how long before the end of the work time the erasing of copies ends by
// itself, so that how far it is can be kept.
const spare = 30 * time.Second

// unlimited is the work time where nothing ends it.
const unlimited = 24 * time.Hour

// eraseCopies removes the documents of earlier exports, named by their blobs on
// the index of what expires, unless something that was to be deleted before is
// not: nobody loses the copy of what is still there. One that a hold keeps, or that
// can't be removed, fails the task when the others are gone.
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

	var held, stuck error
	worked, until := 0, workUntil(ctx)
	for _, index := range copies {
		x := dsr.Erasure{Index: index, By: job.Task.RequestID, At: w.opts.Now()}
		n, done, err := w.ledger.EraseCopy(ctx, x, until)
		worked += n
		switch {
		case ctx.Err() != nil:
			return cutShort(ctx, errors.Join(err, ctx.Err()), worked)
		case dsr.ReasonOf(err) == dsr.ReasonHeld:
			held = err
		case dsr.ClassOf(err) == dsr.Throttled:
			return err
		case err != nil:
			stuck = err
		case !done:
			return unfinished(nil, worked)
		}
	}
	if stuck != nil {
		return stuck // it may go later; what is held stays for sure
	}

	return held
}

// workUntil is when the work ends by itself; the work time breaks it off later.
func workUntil(ctx context.Context) time.Time {
	end, limited := ctx.Deadline()
	if !limited {
		return time.Now().Add(unlimited)
	}
	return end.Add(-spare)
}

// cutShort makes the error of an erasing that the end of the work time broke off
// one that counts what was done: the next hop finds that much less.
func cutShort(ctx context.Context, err error, worked int) error {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return err
	}
	return unfinished(err, worked)
}

func unfinished(err error, worked int) error {
	return &dsr.Error{
		Class:    dsr.Unfinished,
		Reason:   dsr.ReasonTransient,
		Message:  "the copy is too large to be removed in one invocation",
		Progress: worked,
		Err:      err,
	}
}

package erase

import (
	"context"
	"errors"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

// spare is how long before the end of the work time the erasing of copies stops by
// itself, to have the time to record how far it has come.
const spare = 30 * time.Second

// unlimited stands for the work time where the context has no deadline.
const unlimited = 24 * time.Hour

// copyEraser removes a copy that an earlier export has made, until a time. It returns
// how many blobs it has worked on, and whether the copy is gone.
type copyEraser interface {
	EraseCopy(ctx context.Context, x dsr.Erasure, until time.Time) (worked int, done bool, err error)
}

// eraseCopies removes the documents of earlier exports, which are named by their blobs
// in the index of what expires. It removes none if a deletion before it failed: nobody
// loses the copy of what is still there. A copy that a hold keeps, or that can't be
// removed, fails the task once the others are gone.
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
		n, done, err := w.copies.EraseCopy(ctx, x, until)
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
		return stuck // trying again may help; it does not help what is held
	}

	return held
}

// workUntil returns when the work stops by itself. The deadline breaks it off later.
func workUntil(ctx context.Context) time.Time {
	end, limited := ctx.Deadline()
	if !limited {
		return time.Now().Add(unlimited)
	}
	return end.Add(-spare)
}

// cutShort returns the error of an erasing that the deadline broke off. It counts what
// was done, since the next delivery finds that much less to do.
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

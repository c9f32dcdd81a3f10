package erase

import (
	"context"
	"net/http"
	"time"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// maxDeletes is how often one delivery deletes a thing that comes back each time.
const maxDeletes = 3

// erase deletes the thing and proves it.
func (d *deletion) erase(ctx context.Context) error {
	if err := d.resume(ctx); err != nil {
		return err
	}

	for range maxDeletes {
		there, err := d.lookAgain(ctx)
		if err != nil {
			return err
		}

		switch {
		case there:
			err = d.deleteIt(ctx)
		case d.row.Purges && d.sent != answered:
			err = d.purge(ctx)
		}
		if err != nil {
			return err
		}
		if there && d.row.Purges && d.sent != answered {
			continue // it went without our DELETE: it is still to be purged
		}

		if staysGone, err := d.confirm(ctx); staysGone || err != nil {
			return err
		}
	}

	return unconfirmed("%s: it came back each time it was deleted", d.row.ID)
}

// resume takes over what an earlier delivery was answered, and waits for the deletion
// that it left running.
func (d *deletion) resume(ctx context.Context) error {
	if err := d.takeOver(ctx); err != nil {
		return err
	}
	if token := d.job.Token; token != "" && !isWalk(token) {
		return d.await(ctx, token)
	}
	return nil
}

// takeOver makes the proof that of another delivery whose DELETE was answered, if the
// answer is recorded.
func (d *deletion) takeOver(ctx context.Context) error {
	recorded, found, err := d.ledger.Deleted(ctx, d.job.Task)
	if err != nil || !found {
		return err
	}

	d.proof = recorded
	d.raise(answered)

	return nil
}

// deleteIt deletes what is there, unless something keeps it, and waits until it is gone.
// Finding out what keeps it takes its time, so the last look is right before the DELETE.
func (d *deletion) deleteIt(ctx context.Context) error {
	if err := d.mayDelete(ctx); err != nil {
		return err
	}

	stopped, err := d.stop(ctx)
	if err == nil && stopped { // that took its time: what keeps the thing may be new
		err = d.mayDelete(ctx)
	}
	if err != nil {
		return err
	}

	if there, err := d.lookAgain(ctx); !there || err != nil {
		return err
	}
	if err := d.delete(ctx); err != nil {
		return err
	}
	return d.awaitGone(ctx)
}

// unconfirmed returns the error of a deletion that can't be proved yet, and is tried
// again.
func unconfirmed(format string, args ...any) error {
	return dsr.Errorf(dsr.Transient, dsr.ReasonUnconfirmed, format, args...)
}

// mayDelete returns an error if a container holds more than was planned, or if a hold
// keeps the thing. It is asked right before each DELETE, so also of what has come back.
// The holds come last, since walking the lists of a container may take hours.
func (d *deletion) mayDelete(ctx context.Context) error {
	if d.row.Container {
		grown, err := d.grown(ctx)
		if err != nil {
			return err
		}
		if grown {
			return d.refused(dsr.ReasonGrownSincePlan, "something is in it that was not there when the plan was made: `dsr retry` makes a new plan, to be approved anew")
		}
	}

	held, err := d.held(ctx)
	if err != nil {
		return err
	}
	if held {
		return d.refused(dsr.ReasonHeld, "a hold keeps it")
	}

	return nil
}

// delete sends the DELETE and records the answer at once. A 404 to its only try is
// none: somebody else has deleted the thing. So is a 204 of what was not there before.
func (d *deletion) delete(ctx context.Context) error {
	answer, err := d.send(ctx)
	if err != nil {
		return err
	}
	nothing := answer.Status == http.StatusNotFound || (d.absent && answer.Status == http.StatusNoContent)
	if nothing && !answer.Retried {
		return nil
	}

	d.raise(answered)
	d.proof.Status, d.proof.RequestID, d.proof.DeletedAt = answer.Status, answer.RequestID, answer.At
	// What comes back is deleted again; the record keeps the first answer, in case
	// this one is lost.
	if _, err := d.ledger.RecordDeleted(ctx, d.job.Task, d.proof); err != nil {
		return err
	}

	if answer.Token == "" {
		return nil
	}
	return d.await(ctx, answer.Token)
}

// send sends the DELETE, of what the last look has shown where the service tells versions
// of a thing apart. If that has changed, it looks again; a service that refuses the very
// version that it shows does not know the condition, and is asked without it.
func (d *deletion) send(ctx context.Context) (azureml.Deleted, error) {
	shown := d.call.IfMatch
	answer, err := d.upstream.Delete(ctx, d.call)
	if shown == "" || dsr.StatusOf(err) != http.StatusPreconditionFailed {
		return answer, err
	}

	there, err := d.lookAgain(ctx)
	if err != nil {
		return azureml.Deleted{}, err
	}
	if !there {
		return azureml.Deleted{Status: http.StatusNotFound}, nil
	}

	if d.call.IfMatch == shown {
		d.call.IfMatch = ""
	}

	return d.upstream.Delete(ctx, d.call)
}

// lastPoll is how long a deletion is still waited for once the request is due.
const lastPoll = 10 * time.Second

// await waits for a long-running deletion until it has ended, or the request is due. The
// next delivery goes on waiting for one that outlasts the invocation, unless the thing is
// gone by then: an operation may say for ever that it runs. Of what the service may keep,
// only the operation shows the end.
func (d *deletion) await(ctx context.Context, token string) error {
	due, err := d.ledger.Deadline(ctx, d.job.Task.Of())
	if err != nil {
		return err
	}

	waiting := ctx
	if left := due.Sub(d.opts.Now()); !due.IsZero() {
		var cancel context.CancelFunc
		waiting, cancel = context.WithTimeout(ctx, max(left, 0)+lastPoll)
		defer cancel()
	}

	done, next, err := d.upstream.Await(waiting, d.call, token)
	if done || gone(err) { // of a forgotten operation, the thing itself shows the end
		return nil
	}
	if next == "" && dsr.ReasonOf(err) != dsr.ReasonUnconfirmed {
		return err
	}

	if !d.row.Purges && ctx.Err() == nil {
		there, unseen := d.lookAfter(ctx)
		switch {
		case unseen == nil && !there, dsr.ClassOf(unseen) == dsr.Permanent:
			return unseen
		}
	}
	if next == "" {
		return err
	}
	pause := max(azureml.ResumeAt(next).Sub(d.opts.Now()), 0)
	return &dsr.Error{
		Class:      dsr.Unfinished,
		Reason:     dsr.ReasonTransient,
		Message:    "the upstream has not finished the deletion",
		RetryAfter: pause,
		Token:      next,
		Progress:   1,
		Err:        err,
	}
}

package erase

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// maxDocument is how much of a thing's document is read to know it again.
const maxDocument = 16 << 20

// maxAgain is how often a thing that comes back is deleted again.
const maxAgain = 3

// erase deletes the thing and proves it. maybeSent reports whether an earlier delivery
// may have sent a DELETE whose answer was lost.
func (d *deletion) erase(ctx context.Context, maybeSent bool) error {
	answered, err := d.resume(ctx)
	if err != nil {
		return err
	}

	for range maxAgain {
		there, err := d.lookAgain(ctx, answered || maybeSent)
		if err != nil {
			return err
		}

		switch {
		case there:
			answered, err = d.deleteIt(ctx)
		case d.row.Purges && !answered && !maybeSent:
			answered, err = d.purge(ctx)
		}
		if err != nil {
			return err
		}

		deletedByUs := answered || (maybeSent && d.hasOwnName())
		if staysGone, err := d.confirm(ctx, deletedByUs); staysGone || err != nil {
			return err
		}
	}

	return unconfirmed("%s: it came back each time it was deleted", d.row.ID)
}

// resume takes over what an earlier delivery was answered, and waits for the deletion
// that it left running. It reports whether there was an answer.
func (d *deletion) resume(ctx context.Context) (answered bool, err error) {
	sent, answered, err := d.ledger.Deleted(ctx, d.job.Task)
	if err != nil {
		return false, err
	}
	if answered {
		d.proof = sent
	}

	if token := d.job.Token; token != "" && !isWalk(token) {
		return answered, d.await(ctx, token)
	}
	return answered, nil
}

// lookAgain reports whether the thing is there, as far as that can be seen once a DELETE
// may have been sent.
func (d *deletion) lookAgain(ctx context.Context, maybeSent bool) (there bool, err error) {
	if maybeSent {
		return d.lookAfter(ctx)
	}
	return d.look(ctx)
}

// hasOwnName reports whether the DELETE names the thing itself. One that is deleted by
// another thing's name goes with that, so its absence says nothing of an earlier
// delivery.
func (d *deletion) hasOwnName() bool { return d.row.By == "" && d.row.ItemsOf == "" }

// deleteIt deletes what is there, unless something keeps it, and waits until it is gone.
// It reports whether Azure ML has answered that this request deletes it.
func (d *deletion) deleteIt(ctx context.Context) (answered bool, err error) {
	if err := d.mayDelete(ctx); err != nil {
		return false, err
	}

	stopped, err := d.stop(ctx)
	if err == nil && stopped { // that took its time: what keeps the thing may be new
		err = d.mayDelete(ctx)
	}
	if err != nil {
		return false, err
	}
	if answered, err = d.delete(ctx); err != nil {
		return answered, err
	}

	return answered, d.awaitGone(ctx)
}

// unconfirmed is the error of a deletion that nobody can vouch for yet: it is
// tried again.
func unconfirmed(format string, args ...any) error {
	return dsr.Errorf(dsr.Transient, dsr.ReasonUnconfirmed, format, args...)
}

// look reads the thing, and reports whether it is there. One that is not the planned
// one is never deleted.
func (d *deletion) look(ctx context.Context) (there bool, err error) {
	answer, err := d.upstream.Get(ctx, d.call)
	if gone(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	doc, err := io.ReadAll(io.LimitReader(answer.Body, maxDocument))
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return false, err
	}
	if d.row.ItemsOf != "" {
		listing, err := azureml.ReadListing(bytes.NewReader(doc), d.call.Operation)
		return len(listing.Items) > 0 || listing.Next != "", err
	}

	d.state, d.call.Attached = azureml.StateOf(doc), azureml.Attached(doc)
	if created := azureml.CreatedAt(doc); d.planned.CreatedAt != "" && created != d.planned.CreatedAt {
		return false, d.refused(dsr.ReasonNotAsPlanned, "another one with the same name is there now; it is newer than the plan and was left alone")
	}

	return true, nil
}

// lookAfter is look once the DELETE was sent: what keeps the thing from being seen
// proves nothing then, and another one in its place proves that it is gone, though
// not that nothing is left under its name.
func (d *deletion) lookAfter(ctx context.Context) (there bool, err error) {
	there, err = d.look(ctx)
	switch {
	case dsr.ReasonOf(err) == dsr.ReasonNotAsPlanned:
		return there, d.refused(dsr.ReasonNotAsPlanned, "what was planned is gone: its name is now used by something newer, which was not deleted")
	case dsr.ClassOf(err) == dsr.Permanent:
		return there, unconfirmed("%s: whether it is gone can't be seen: %s", d.row.ID, err)
	}
	return there, err
}

// mayDelete looks once more, right before each DELETE, for what would keep the
// thing, and whether a container holds more than was planned: also one that has
// come back. The holds come last, for the lists of a container may take hours.
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

// delete sends the DELETE and records the answer at once. It reports whether this
// request deletes the thing: a 404 to its only try says that somebody else had.
func (d *deletion) delete(ctx context.Context) (answered bool, err error) {
	answer, err := d.upstream.Delete(ctx, d.call)
	if err != nil {
		return false, err
	}
	if answer.Status == http.StatusNotFound && !answer.Retried {
		return false, nil
	}

	d.proof.Status, d.proof.RequestID, d.proof.DeletedAt = answer.Status, answer.RequestID, answer.At
	// What comes back is deleted again; the record keeps the first answer, in case
	// this one is lost.
	if _, err := d.ledger.RecordDeleted(ctx, d.job.Task, d.proof); err != nil {
		return true, err
	}
	if answer.Token == "" {
		return true, nil
	}

	return true, d.await(ctx, answer.Token)
}

// await waits for a long-running deletion. One that outlasts the invocation goes
// on in the next hop.
func (d *deletion) await(ctx context.Context, token string) error {
	done, next, err := d.upstream.Await(ctx, d.call, token)
	switch {
	case done || gone(err): // an operation that is forgotten: the thing itself tells
		return nil
	case next == "":
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

// awaitGone waits until the thing is gone: a deletion may become visible late.
func (d *deletion) awaitGone(ctx context.Context) error {
	end := d.opts.Now().Add(d.opts.ConfirmWait)
	for pause := d.opts.ConfirmTime / 4; ; pause *= 2 {
		there, err := d.lookAfter(ctx)
		if err != nil || !there {
			return err
		}
		if d.opts.Now().Add(pause).After(end) {
			return unconfirmed("%s: it is still there %s after it was deleted", d.row.ID, d.opts.ConfirmWait)
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// confirm waits for a time and makes the proof of a thing that stays gone, while what it
// was in can still be read. It returns false when the thing has come back.
func (d *deletion) confirm(ctx context.Context, deletedByUs bool) (staysGone bool, err error) {
	if err := sleep(ctx, d.opts.ConfirmTime); err != nil {
		return false, err
	}
	if there, err := d.lookAfter(ctx); err != nil || there {
		return false, err
	}
	if err := d.parentReadable(ctx); err != nil {
		return false, err
	}

	if d.proof.DeletedAt.IsZero() {
		concurrently, err := d.concurrentlyDeleted(ctx)
		if err != nil {
			return false, err
		}
		deletedByUs = deletedByUs || concurrently
	}

	d.proof.Outcome = dsr.OutcomeDeleted
	if !deletedByUs {
		d.proof.Outcome, d.proof.Status = dsr.OutcomeAlreadyGone, http.StatusNotFound
	}
	d.proof.ConfirmedAt = d.opts.Now().UTC()
	return true, nil
}

// concurrentlyDeleted reports whether another delivery at the same time has deleted the
// thing, and takes over what the upstream answered to it.
func (d *deletion) concurrentlyDeleted(ctx context.Context) (bool, error) {
	sent, answered, err := d.ledger.Deleted(ctx, d.job.Task)
	if err == nil && answered {
		d.proof = sent
	}
	return answered, err
}

// parentReadable makes sure that 404 means "deleted" and not "you can't see it
// from here". An account has no parent that is ours to read.
func (d *deletion) parentReadable(ctx context.Context) error {
	parent, ok := parentOf(d.call)
	if !ok {
		return nil
	}
	answer, err := d.upstream.Get(ctx, parent)
	if err != nil && dsr.ClassOf(err) == dsr.Permanent {
		return unconfirmed("%s: what it was in can't be read, so its absence proves nothing", d.row.ID)
	}
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// parentOf returns the call that reads what a thing is in.
func parentOf(call azureml.Call) (azureml.Call, bool) {
	t := call.Target
	switch {
	case call.Item != "": // a document of the target
	case t.Level == dsr.Project:
		t.Level, t.Project = dsr.Workspace, ""
	case t.Level == dsr.Workspace:
		t.Level, t.Workspace = dsr.ExperimentationAccount, ""
	default:
		return azureml.Call{}, false
	}
	return azureml.DocumentCall(t), true
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

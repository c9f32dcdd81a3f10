package erase

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/export"
)

// maxDocument is how much of a thing's document is read to know it again.
const maxDocument = 16 << 20

// maxAgain is how often a thing that comes back is deleted again.
const maxAgain = 3

// erase deletes the thing and proves it. before tells that an earlier delivery
// may have deleted it.
func (d *deletion) erase(ctx context.Context, before bool) error {
	sent, answered, err := d.ledger.Deleted(ctx, d.job.Task)
	if err != nil {
		return err
	}
	if answered {
		d.proof = sent
	}
	if token := d.job.Token; token != "" {
		if err := d.await(ctx, token); err != nil {
			return err
		}
	}
	for range maxAgain {
		there, err := d.look(ctx)
		if err != nil {
			return err
		}
		if !there {
			return d.confirm(ctx, answered, before)
		}
		if err := d.mayDelete(ctx, answered); err != nil {
			return err
		}
		if err := d.delete(ctx); err != nil {
			return err
		}
		answered = true
		if gone, err := d.awaitGone(ctx); err != nil || gone {
			if err != nil {
				return err
			}
			return d.confirm(ctx, answered, before)
		}
	}
	return unconfirmed("%s: it came back each time it was deleted", d.row.ID)
}

// unconfirmed is the error of a deletion that nobody can vouch for yet: it is
// tried again.
func unconfirmed(format string, args ...any) error {
	return dsr.Errorf(dsr.Transient, dsr.ReasonUnconfirmed, format, args...)
}

// look reads the thing, and tells whether it is there. One that is not the planned
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
	if created := export.CreatedAt(doc); d.planned.CreatedAt != "" && created != d.planned.CreatedAt {
		return false, d.refused(dsr.ReasonNotAsPlanned, "another one with the same name is there now; it is newer than the plan and was left alone")
	}
	return true, nil
}

// mayDelete looks once more, right before the DELETE, for what would keep the
// thing; the first time, also whether a container holds more than was planned.
func (d *deletion) mayDelete(ctx context.Context, again bool) error {
	held, err := d.held(ctx)
	if err != nil {
		return err
	}
	if held {
		return d.refused(dsr.ReasonHeld, "a hold keeps it")
	}
	if again || !d.row.Container {
		return nil
	}
	grown, err := d.grown(ctx)
	if err != nil {
		return err
	}
	if grown {
		return d.refused(dsr.ReasonGrownSincePlan, "something is in it that was not there when the plan was made: `dsr retry` makes a new plan, to be approved anew")
	}
	return nil
}

// delete sends the DELETE and records the answer at once.
func (d *deletion) delete(ctx context.Context) error {
	answer, err := d.upstream.Delete(ctx, d.call)
	if err != nil {
		return err
	}
	d.proof.Status, d.proof.RequestID, d.proof.DeletedAt = answer.Status, answer.RequestID, answer.At
	if d.proof, err = d.ledger.RecordDeleted(ctx, d.job.Task, d.proof); err != nil {
		return err
	}
	if answer.Token == "" {
		return nil
	}
	return d.await(ctx, answer.Token)
}

// await waits for a long-running deletion. One that outlasts the invocation goes
// on in the next hop.
func (d *deletion) await(ctx context.Context, token string) error {
	done, next, err := d.upstream.Await(ctx, d.call, token)
	if err != nil || done {
		return err
	}
	return &dsr.Error{
		Class: dsr.Unfinished, Reason: dsr.ReasonTransient, Message: "the upstream has not finished the deletion", Token: next, Progress: 1,
	}
}

// awaitGone waits until the thing is gone: a deletion may become visible late.
func (d *deletion) awaitGone(ctx context.Context) (bool, error) {
	end := d.opts.Now().Add(d.opts.ConfirmWait)
	for pause := d.opts.ConfirmTime / 4; ; pause *= 2 {
		there, err := d.look(ctx)
		if err != nil || !there {
			return !there, err
		}
		if d.opts.Now().Add(pause).After(end) {
			return false, unconfirmed("%s: it is still there %s after it was deleted", d.row.ID, d.opts.ConfirmWait)
		}
		if err := sleep(ctx, pause); err != nil {
			return false, err
		}
	}
}

// confirm makes the proof of a thing that is gone: it stays so for a time, while
// what it was in can still be read.
func (d *deletion) confirm(ctx context.Context, answered, before bool) error {
	switch {
	case answered:
		d.proof.Outcome = dsr.OutcomeDeleted
	case before: // an earlier delivery was allowed to, and its answer was lost
		d.proof.Outcome = dsr.OutcomeDeleted
	default:
		d.proof.Outcome, d.proof.Status = dsr.OutcomeAlreadyGone, http.StatusNotFound
	}
	if err := sleep(ctx, d.opts.ConfirmTime); err != nil {
		return err
	}
	there, err := d.look(ctx)
	if err != nil {
		return err
	}
	if there {
		return unconfirmed("%s: it came back after it was gone", d.row.ID)
	}
	if err := d.parentReadable(ctx); err != nil {
		return err
	}
	d.proof.ConfirmedAt = d.opts.Now().UTC()
	return nil
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

// parentOf gives the call that reads what a thing is in.
func parentOf(call azureml.Call) (azureml.Call, bool) {
	t := call.Target
	switch {
	case call.Item != "": // a document of the account
	case t.Level == dsr.Project:
		t.Level, t.Project = dsr.Workspace, ""
	case t.Level == dsr.Workspace:
		t.Level, t.Workspace = dsr.ExperimentationAccount, ""
	default:
		return azureml.Call{}, false
	}
	return azureml.Call{Endpoint: azureml.DocumentRow(t.Level), Target: t}, true
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

package erase

import (
	"context"
	"net/http"
	"time"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// confirm waits for ConfirmTime, and completes the proof if the thing is still gone and
// what it was in can be read. It returns false if the thing has come back.
func (d *deletion) confirm(ctx context.Context) (staysGone bool, err error) {
	if err := sleep(ctx, d.opts.ConfirmTime); err != nil {
		return false, err
	}
	if there, err := d.lookAfter(ctx); err != nil || there {
		return false, err
	}
	if err := d.parentReadable(ctx, d.call); err != nil {
		return false, err
	}

	if d.sent < answered { // another delivery may have been, at the same time
		if err := d.takeOver(ctx); err != nil {
			return false, err
		}
	}

	d.proof.Outcome = dsr.OutcomeDeleted
	if !d.deletedByUs() {
		d.proof.Outcome, d.proof.Status = dsr.OutcomeAlreadyGone, http.StatusNotFound
	}
	d.proof.ConfirmedAt = d.opts.Now().UTC()

	return true, nil
}

// awaitGone waits until the thing can't be read any more, which may be a while after the
// DELETE was answered.
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

// parentReadable returns an error unless what a thing was in can be read: else its 404
// may mean that we can't see it from here. An account has no parent that is ours to read.
// A parent that is gone itself has taken the thing along, where what that was in can be
// read, or where the service has let go of it for good.
func (d *deletion) parentReadable(ctx context.Context, thing azureml.Call) error {
	parent, ok := parentOf(thing)
	if !ok {
		return nil
	}

	answer, err := d.upstream.Get(ctx, parent)
	if err == nil {
		return answer.Body.Close()
	}

	_, inner := parentOf(parent)
	switch {
	case azureml.Gone(err) && keptAWhile(parent):
		return d.goneWith(ctx, parent.Target)
	case azureml.Gone(err) && inner:
		return d.parentReadable(ctx, parent)
	case dsr.ClassOf(err) == dsr.Permanent:
		return unconfirmed("%s: what it was in can't be read, so its absence proves nothing", d.row.ID)
	}

	return err
}

// parentOf returns the call that reads what a thing is in; false where nothing is.
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

package erase

import (
	"context"
	"net/http"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// stop stops a thing that still runs, since Azure ML refuses to delete it, and waits
// until it has ended. One that runs on, or has begun again, is tried again later. It
// reports whether there was anything to stop.
func (d *deletion) stop(ctx context.Context) (stopped bool, err error) {
	if d.row.Stop == "" || azureml.Ended(d.state) {
		return false, nil
	}
	if _, err := d.upstream.Stop(ctx, d.call); err != nil && dsr.ClassOf(err) != dsr.Permanent {
		return false, err
	} // one that refuses to be stopped may have ended by itself

	end := d.opts.Now().Add(d.opts.ConfirmWait)
	for pause := d.opts.ConfirmTime / 4; ; pause *= 2 {
		there, err := d.look(ctx)
		if err != nil || !there || azureml.Ended(d.state) {
			return true, err
		}
		if d.opts.Now().Add(pause).After(end) {
			return true, dsr.Errorf(dsr.Transient, dsr.ReasonConflict, "%s: it still runs %s after it was to be stopped", d.row.ID, d.opts.ConfirmWait)
		}
		if err := sleep(ctx, pause); err != nil {
			return true, err
		}
	}
}

// purge asks the service to remove for good a thing that is not there: it may have been
// deleted in a way that the service keeps it for a time. If the service answers that it
// knows no such thing, that proves nothing, and the thing is not called erased.
func (d *deletion) purge(ctx context.Context) error {
	if err := d.mayDelete(ctx); err != nil {
		return err
	}
	// Its name may have been taken again in the meantime.
	if there, err := d.look(ctx); there || err != nil {
		return err
	}
	d.absent = true
	err := d.delete(ctx)
	d.absent = false
	if err != nil {
		return err
	}

	if d.sent == notSent {
		d.proof.Status = http.StatusNotFound
		return d.refused(dsr.ReasonSoftDeleted, "it was gone before, and whether the service still keeps it can't be seen: %s", softDeleteRemedy)
	}

	return d.awaitGone(ctx)
}

package erase

import (
	"bytes"
	"context"
	"errors"
	"io"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// maxDocument is how many bytes of a thing's document are read to recognize it.
const maxDocument = 16 << 20

// lookAgain is look or, once a DELETE may have been sent, lookAfter.
func (d *deletion) lookAgain(ctx context.Context) (there bool, err error) {
	if d.sent == notSent {
		return d.look(ctx)
	}
	return d.lookAfter(ctx)
}

// look reads the thing and reports whether it is there. Another thing of its name is an
// error NotAsPlanned, so that it is never deleted.
func (d *deletion) look(ctx context.Context) (there bool, err error) {
	answer, err := d.upstream.Get(ctx, d.call)
	if azureml.Gone(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	doc, err := io.ReadAll(io.LimitReader(answer.Body, maxDocument))
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return false, err
	}
	if err := d.call.Operation.AsAsked(doc); err != nil {
		return false, err
	}
	if d.row.ItemsOf != "" {
		listing, err := azureml.ReadListing(bytes.NewReader(doc), d.call.Operation)
		return len(listing.Items) > 0 || listing.Next != "", err
	}

	if d.hasOwnName() {
		d.call.IfMatch = answer.ETag
	}
	d.state, d.call.Attached = azureml.StateOf(doc), azureml.Attached(doc)
	if created := azureml.CreatedAt(doc); d.planned.CreatedAt != "" && created != d.planned.CreatedAt {
		return false, d.refused(dsr.ReasonNotAsPlanned, "another one with the same name is there now; it is newer than the plan and was left alone")
	}

	return true, nil
}

// lookAfter is look after the DELETE. What keeps the thing from being seen is tried
// again then, since the thing may be gone. Another thing of its name proves that the
// planned one is gone, but is a failure all the same, for the name is not empty.
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

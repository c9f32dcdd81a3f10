package operator

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// CheckReview returns a Refused error where nothing of a request may be handed to the person
// before somebody has looked at it. Nothing records such a look yet, so that what requires one
// is kept back.
func (o *Operator) CheckReview(ctx context.Context, id string) error {
	request, _, err := o.Request(ctx, id)
	if err != nil {
		return err
	}
	if request.Review == dsr.ReviewRequired {
		return refused("SOURCE_POLICIES required a review of request %s when it was received: its copy is handed to nobody by this program", id)
	}
	return nil
}
